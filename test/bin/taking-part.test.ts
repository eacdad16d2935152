import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

/** Rules and approval by the command line. */
describe('a benchmark with rules and approval', () => {
  const stack = useStack();
  let ann: ReturnType<typeof cliWith>;
  let olga: ReturnType<typeof cliWith>;

  beforeAll(async () => {
    const settings = 'participants: {rules: rules.md, approval: true}\n';
    await installTemplate(stack, oneStep(['true']), { 'rules.md': 'Be fair.\n' }, { id: 'W' }, settings);
    const as = async (name: string) => {
      const { token } = await stack.user(name);
      return cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: token, FLOWSERV_APP: 'W' });
    };
    ann = await as('ann');
    olga = await as('olga');
    await giveRole(stack.services, 'operator', 'W', 'olga', 'organiser');
  });

  it('is joined with the approval of an organiser', async () => {
    expect((await ann('groups create -n Ann')).stderr).toContain('waits for an organiser');
    expect((await ann('workflows join')).stdout).toBe('your request to take part waits for an organiser\n');
    expect((await olga('workflows participants list -s requested')).stdout).toMatch(
      /^ann {2}\| requested \| /m,
    );
    expect((await olga('workflows participants decline ann -r later')).stdout).toBe('ann is declined.\n');
    expect((await ann('workflows join')).stdout).toContain('declined your request to take part: later');
    expect((await olga('workflows participants approve ann')).stdout).toBe('ann is approved.\n');
    expect((await ann('groups create -n Ann')).code).toBe(0);
  });

  it('shows its rules, which are accepted before a run', async () => {
    const group = JSON.parse((await ann('groups list --json')).stdout)[0].id;
    const start = () => ann(`runs start -g ${group}`);
    expect((await start()).stderr).toContain('flowserv workflows rules -w W --accept');
    expect(await ann('workflows rules')).toMatchObject({
      stdout: 'Be fair.\n',
      stderr: 'not accepted yet; accept the rules with --accept\n',
    });
    expect((await ann('workflows rules --accept')).stderr).toMatch(/^accepted version [0-9a-f]{32} at /);
    expect((await ann('workflows rules')).stderr).toMatch(/^accepted at /);
    expect((await start()).code).toBe(0);
  });
});
