import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { cliWith } from '../bin/run-cli.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** A name says who its user is: it is visible, and is not read as another part of a list. */
const stack = useStack({ env: { FLOWSERV_ATTEMPTS_BY_ADDRESS: '1000' } });
let olga: { readonly id: string; readonly token: string };
beforeAll(async () => {
  olga = await stack.user('olga');
  await installTemplate(stack, oneStep(['true']), {}, { id: 'W', owner: { id: olga.id, name: 'olga' } });
});

describe('a name that shows nothing', () => {
  // Joiners without anything to join, the blank of Braille, a filler of Hangul, and an invisible operator.
  it.each(['\u200d', ' \u200c ', '\ufe0f', '\u2800', '\u3164', '\u2063'])('%j is no name', async (name) => {
    const registered = await stack.request('POST', '/users/register', {
      body: { username: name, password: 'x' },
    });
    expect([registered.status, registered.json.code]).toEqual([400, 'user.name']);
    const scope = { access: 'read' };
    const token = { name, expires: '2027-01-01', scope };
    expect((await stack.request('POST', '/users/tokens', { token: olga.token, body: token })).status).toBe(
      400,
    );
    const group = await stack.request('POST', '/workflows/W/groups', { token: olga.token, body: { name } });
    expect([group.status, group.json.code]).toEqual([400, 'group.name']);
  });
});

describe('an entry of the audit list', () => {
  it.each(['operator', 'olga (token CI)', 'user olga', 'o1ga', 'olga | CI | run.cancel'])(
    'by a user with the name %j is not read as one of the operator or of another user',
    async (name) => {
      const { token } = await stack.user(name);
      await giveRole(stack.services, 'operator', 'W', name, 'owner');
      await stack.user(`friend of ${name}`);
      for (const by of [token, olga.token]) {
        const role = by === token ? 'viewer' : 'organiser';
        const body = { username: `friend of ${name}`, role };
        expect((await stack.request('POST', '/workflows/W/members', { token: by, body })).status).toBe(200);
      }
      const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: olga.token });
      const { stdout } = await flowserv('workflows audit -w W -n 3');
      const rows = stdout.trim().split('\n').slice(2);
      for (const row of rows) expect(row.split(' | ')).toHaveLength(6);
      const who = rows.map((row) => row.split(' | ')[1]?.trim() ?? '');
      expect(new Set(who).size).toBe(3);
      expect(who[1]).toMatch(/^user /);
      expect(who[2]).toBe('operator');
      expect(rows.map((row) => row.split(' | ')[2]?.trim())).toEqual(['', '', '']);
    },
  );
});
