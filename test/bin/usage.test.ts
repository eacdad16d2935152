import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cliWith } from './run-cli.ts';

/** The command line where no server runs, mostly in the test's process; `processes.test.ts` starts its own. */
const folder = mkdtempSync(join(tmpdir(), 'flowserv-usage-'));
afterAll(() => rmSync(folder, { recursive: true }));

const flowserv = cliWith({ FLOWSERV_API_DIR: folder });

describe('usage', () => {
  it('shows help at every level', async () => {
    const top = await flowserv('--help');
    expect(top.code).toBe(0);
    expect(top.stdout).toContain('First steps');
    for (const section of ['users', 'workflows', 'groups', 'files', 'runs', 'login', 'logout', 'whoami']) {
      expect(top.stdout).toMatch(new RegExp(`^  ${section} `, 'm'));
    }
    const deep = await flowserv('workflows create --help');
    expect(deep.code).toBe(0);
    for (const option of ['-k', '-n', '-d', '-i', '-s', '-m', '-c', '-g', '-v']) {
      expect(deep.stdout).toContain(`  ${option}, --`);
    }
  });

  it.each([
    ['rans', "unknown command 'rans'"],
    ['runs lits', 'Did you mean list?'],
    ['workflows list --nope', "unknown option '--nope'"],
    ['workflows list extra', 'too many arguments'],
    ['runs show', "missing required argument 'run'"],
    ['groups create', "required option '-n, --name <name>' not specified"],
    ['workflows members add bob -r admin', 'Allowed choices are viewer, organiser, owner'],
    ['runs list -s DONE', 'Allowed choices are PENDING, RUNNING, SUCCESS, ERROR, CANCELED'],
    ['runs start -a greeting', 'Write it as name=value.'],
    ['files upload -i /nowhere', "The file '/nowhere' does not exist."],
    ['groups update -g G', 'nothing to update'],
  ])('N8: exits 2 for wrong usage: flowserv %s', async (args, message) => {
    const { code, stdout, stderr } = await flowserv(args);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each([
    ['groups create -n G1', 'error: missing configuration for workflow identifier'],
    ['groups delete -f', 'error: missing configuration for submission (group) identifier'],
    ['whoami', 'error: missing configuration for access token'],
    ['logout', 'error: missing configuration for access token'],
    ['workflows members list -w W', 'error: missing configuration for access token'],
  ])('N8: exits 1 when an identifier is missing: flowserv %s', async (args, message) => {
    const { code, stderr } = await flowserv(args);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it('names the variable of a token that cannot be sent (report 14)', async () => {
    const env = { FLOWSERV_ACCESS_TOKEN: 'abc…', FLOWSERV_API_PORT: '9' };
    const { code, stderr } = await flowserv('groups list', { env });
    expect([code, stderr]).toEqual([
      1,
      'error: FLOWSERV_ACCESS_TOKEN: the access token holds the character U+2026, which no token has; copy it again, or log in again by `eval $(flowserv login)`\n',
    ]);
  });

  it('N14: does nothing without anything to update', async () => {
    expect(await flowserv('workflows update -w W')).toEqual({
      code: 0,
      stdout: 'nothing to update\n',
      stderr: '',
    });
  });
});

describe('without a server', () => {
  const server = 'name a server with --url, or a stack on AWS with --stack';
  const operators = 'name a stack on AWS with --stack';

  it.each([
    ['workflows list', server],
    ['users list', server],
    ['workflows create .', operators],
    ['workflows update -w W -n N', operators],
    ['workflows delete -w W', operators],
    ['workflows purge -w W', operators],
    ['users list --all', operators],
    ['users activate -u U', operators],
    ['users approve -u U', operators],
    ['users disable -u U', operators],
    ['users enable -u U', operators],
    ['users reset-password -u U', operators],
    ['users quotas -u U', operators],
    ['users recount-quotas', operators],
    ['stage show', operators],
    ['stage pause', operators],
    ['stage resume', operators],
    ['runs output R', operators],
    ['workflows members add --operator -w W U -r owner', operators],
  ])('says how to start one: flowserv %s', async (args, remedy) => {
    const expected = `error: no flowServ runs on ${folder}; start one with \`flowserv local\`, or ${remedy}\n`;
    expect(await flowserv(args)).toEqual({ code: 1, stdout: '', stderr: expected });
  });

  it('ignores a stack whose process ended', async () => {
    const stale = join(folder, 'stale');
    const { pid } = process;
    const dead = { pid: 2 ** 22 + pid, url: 'http://localhost:1/x', operator: {} };
    const env = { FLOWSERV_API_DIR: folder };
    writeFileSync(join(folder, 'stack.json'), JSON.stringify(dead));
    try {
      expect((await flowserv('workflows list', { env })).stderr).toContain('flowserv local');
      expect((await flowserv('workflows list', { env: { FLOWSERV_API_DIR: stale } })).stderr).toContain(
        stale,
      );
    } finally {
      rmSync(join(folder, 'stack.json'));
    }
  });

  it('shows the address that does not respond', async () => {
    const { code, stderr } = await flowserv('--url http://127.0.0.1:9/flowserv/api/v1 workflows list');
    expect(stderr).toContain('http://127.0.0.1:9/flowserv/api/v1');
    expect(code).toBe(1);
  });

  it('prints its settings, without secrets', async () => {
    const env = { FLOWSERV_APP: 'W', FLOWSERV_ACCESS_TOKEN: 'very-secret', AWS_SECRET_ACCESS_KEY: 'key' };
    const { code, stdout } = await flowserv('config', { env });
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 2)).toEqual(['Configuration settings:', '']);
    expect(stdout).toContain('\nexport FLOWSERV_API_PORT=5000\n');
    expect(stdout).toContain('\nexport FLOWSERV_APP=W\n');
    expect(stdout).not.toMatch(/very-secret|ACCESS_TOKEN|AWS_/);
  });
});
