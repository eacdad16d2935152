import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

/** What an owner of a workflow does with the command line, and an own session. */
describe('an owner', () => {
  const stack = useStack();
  let flowserv: ReturnType<typeof cliWith>;
  let run: string;

  beforeAll(async () => {
    const [olga, paul] = await Promise.all([stack.user('olga'), stack.user('paul'), stack.user('otto')]);
    await stack.install(fixture('hello-world'), { id: 'HW' });
    await giveRole(stack.services, 'operator', 'HW', 'olga', 'owner');
    const group = await stack.group('HW', paul.token, 'Team Paul');
    run = (await stack.greet(group, paul.token, 'Ann\n')).id;
    await stack.ended(run, paul.token);
    flowserv = cliWith({
      FLOWSERV_API_DIR: stack.dataDir,
      FLOWSERV_ACCESS_TOKEN: olga.token,
      FLOWSERV_APP: 'HW',
    });
  });

  /** Returns the output of a command, which must succeed. */
  const printed = async (args: string) => {
    const { code, stdout, stderr } = await flowserv(args);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };

  it('gives and takes roles', async () => {
    expect(await printed('workflows members add otto --role organiser')).toBe(
      'otto is organiser of workflow HW.\n',
    );
    expect(await printed('workflows members list')).toMatch(/\nolga \| owner .*\|/);
    expect(JSON.parse(await printed('workflows members list --json'))).toHaveLength(2);
    expect(await printed('workflows members remove otto')).toBe(
      'otto has no role in workflow HW any more.\n',
    );
    expect((await flowserv('workflows members remove otto')).stderr).toBe(
      "error: 'otto' has no role in workflow HW\n",
    );
    const last = await flowserv('workflows members remove olga');
    expect([last.code, last.stderr]).toEqual([1, expect.stringContaining('would have no owner')]);
  });

  it('reads the groups, the runs and the output of participants', async () => {
    expect(await printed('workflows groups')).toContain('| Team Paul');
    expect(await printed('workflows runs --state SUCCESS')).toMatch(new RegExp(`\n${run} \\| Team Paul `));
    expect(await printed(`runs output --session ${run}`)).toContain(': success');
    expect(JSON.parse(await printed(`runs output --session ${run} --json`))[0]).toHaveProperty('commands');
  });

  it('scores runs again', async () => {
    const { code, stdout } = await flowserv(`runs rescore ${run} --wait`);
    expect([code, stdout]).toEqual([
      0,
      'request 1 of workflow HW: running; 0 of 1 runs done, 0 failed, 0 active\nrequest 1: done; 1 of 1 runs done, 0 failed, 0 active\n',
    ]);
    const [, , row = ''] = (await printed('workflows rescores 1')).trim().split('\n').slice(1);
    const [first, state, by = ''] = row.split('|').map((cell) => cell.trim());
    expect([first, state]).toEqual([run, 'done']);
    expect(await printed(`runs show ${by}`)).toMatch(
      new RegExp(`\nScores again: run ${run}, submitted at 2\\d{3}-`),
    );
    expect(await printed(`runs show ${run}`)).toContain(`\nScored again by: run ${by}\n`);
    // All runs use the current version.
    const all = await flowserv('runs rescore --all-ranked --wait');
    expect([all.code, all.stdout.split('\n').at(-2)]).toEqual([
      0,
      'request 2: done; 0 of 0 runs done, 0 failed, 0 active',
    ]);
    expect(await printed('workflows rescores')).toMatch(/\n2 .*\| olga .*\n1 /);
    expect((await flowserv('workflows rescores 1 --cancel')).stderr).toBe('error: request 1 is finished\n');
    expect((await flowserv('runs rescore')).stderr).toBe(
      'error: give identifiers of runs, --all-ranked or --all\n',
    );
  });

  it('reads what runs used', async () => {
    const header = String.raw`Runs +\| Seconds of tasks \| Seconds of vCPUs \| +USD\n[-|]+\n`;
    const month = new Date().toISOString().slice(0, 7);
    const sums = String.raw` +\| +\d+ \| +\d+ \| +\d+ \| 0\.\d{4}\n`;
    expect(await printed('workflows usage')).toMatch(new RegExp(`^Month +\\| ${header}${month}${sums}$`));
    const groups = await printed(`workflows usage --month ${month}`);
    expect(groups).toMatch(new RegExp(`^Group +\\| ID +\\| ${header}Team Paul \\| \\w+${sums}$`));
    const [entry] = JSON.parse(await printed('workflows usage --json'));
    expect(entry).toMatchObject({ month, taskSeconds: expect.any(Number) });
    expect(await printed(`runs show ${run}`)).toMatch(
      /\nUsed: \d+ s of tasks, \d+ s of vCPUs, about 0\.\d{4} USD\n/,
    );
    expect((await flowserv('workflows usage --month 12')).stderr).toContain('Write a month such as 2026-12.');
  });

  it('reads the audit list', async () => {
    const lines = (await printed('workflows audit -n 4')).trim().split('\n');
    expect(
      lines.slice(2).map((line) =>
        line
          .split(' | ')
          .slice(1, 5)
          .map((cell) => cell.trim()),
      ),
    ).toEqual([
      ['user olga', '', 'runs.rescore', '2'],
      ['user olga', '', 'runs.rescore', '1'],
      ['user olga', '', 'member.remove', 'otto'],
      ['user olga', '', 'member.add', 'otto'],
    ]);
    expect((await flowserv('workflows audit -n 0')).stderr).toContain('Write a number from 1 to 1000.');
  });

  it('creates, lists and revokes API tokens', async () => {
    const { code, stdout, stderr } = await flowserv(
      "tokens create 'Nightly export' --access read -w HW --days 7",
    );
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^fsv_[0-9A-Za-z]{49}\n$/)]);
    const id = /^Token (\w+) expires on \d{4}-\d\d-\d\d\. It is not shown again\.\n$/.exec(stderr)?.[1] ?? '';
    const env = { FLOWSERV_ACCESS_TOKEN: stdout.trim() };
    expect((await flowserv('workflows runs', { env })).code).toBe(0);
    expect((await flowserv('whoami', { env })).stdout).toBe(
      `Logged in as olga.\nAPI token ${id}, Nightly export: read, workflow HW.\n`,
    );
    expect((await flowserv('tokens list', { env })).stderr).toBe('error: not authorized\n');
    const list = await printed('tokens list');
    expect(list).toMatch(
      new RegExp(`\n${id} \\| Nightly export \\| read +\\| HW +\\| [-\\d]+ \\| [-\\d]+ +\\| active`),
    );
    const itself = await flowserv(`tokens revoke ${stdout.trim()}`);
    expect([itself.code, itself.stderr]).toEqual([1, expect.stringContaining('that is the token itself')]);
    expect(itself.stderr).not.toContain(stdout.trim());
    expect(await printed(`tokens revoke ${id}`)).toBe(`token ${id} revoked.\n`);
    expect((await flowserv('workflows runs', { env })).stderr).toContain('not logged in');
    expect((await flowserv('tokens create year --access read --days 366')).code).toBe(0);
    expect((await flowserv('tokens create x --access read --days 400')).stderr).toContain(
      'Write a number from 1 to 366.',
    );
  });
});
