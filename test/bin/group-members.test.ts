import { beforeAll, describe, expect, it } from 'vitest';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

/** Members of groups and invitations by the command line. */
describe('the members of a group', () => {
  const stack = useStack();
  let ann: ReturnType<typeof cliWith>;
  let ben: ReturnType<typeof cliWith>;
  let group = '';

  beforeAll(async () => {
    await installTemplate(
      stack,
      oneStep(['true']),
      {},
      { id: 'W' },
      'participants: {invitations: required}\n',
    );
    const as = async (name: string) => {
      const { token } = await stack.user(name);
      return cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: token, FLOWSERV_APP: 'W' });
    };
    ann = await as('ann');
    ben = await as('ben');
  });

  it('are invited when the benchmark requires it, and accept', async () => {
    const created = await ann('groups create -n Team -m ben');
    expect(created.stderr).toContain('1 of them are invited, and become members when they accept');
    group = created.stdout.trim().split('=')[1] ?? '';
    expect((await ann(`groups show -g ${group}`)).stdout).toContain('Members : ann\nInvited : ben\n');
    expect((await ben('groups invitations')).stdout).toMatch(
      new RegExp(`^${group} \\| Team \\| W        \\| ann        \\| `, 'm'),
    );
    const accepted = await ben(`groups accept ${group}`);
    expect(accepted.stdout).toBe(`export FLOWSERV_GROUP=${group}\n`);
    expect((await ann(`groups show -g ${group}`)).stdout).toContain('Members : ann,ben\n');
  });

  it('leave and are removed, but not the last one', async () => {
    expect((await ben(`groups leave -g ${group}`, { input: 'y\n' })).stdout).toBe(
      `You left the group ${group}.\n`,
    );
    expect((await ann(`groups leave -g ${group} --force`)).stderr).toContain('the last member cannot leave');
    expect((await ann(`groups update -g ${group} --leave`)).stderr).toContain('delete the group instead');
    await ann(`groups invite -g ${group} ben`);
    expect((await ben(`groups decline ${group}`)).stdout).toContain('Declined');
    await ann(`groups invite -g ${group} ben`);
    expect((await ann(`groups withdraw -g ${group} ben`)).stdout).toBe('Withdrew the invitation of ben.\n');
    expect((await ben(`groups accept ${group}`)).code).toBe(1);
    await ann(`groups invite -g ${group} ben`);
    await ben(`groups accept ${group}`);
    expect((await ann(`groups remove -g ${group} ann`)).stderr).toContain('`flowserv groups leave`');
    expect((await ann(`groups remove -g ${group} ben`)).stdout).toBe(
      `ben is not a member of group ${group} any more.\n`,
    );
  });
});
