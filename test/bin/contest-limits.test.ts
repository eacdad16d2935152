import { beforeAll, describe, expect, it } from 'vitest';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

describe('the limits of a contest in the command line', () => {
  const stack = useStack();
  let flowserv: ReturnType<typeof cliWith>;
  const groupOf = async (limits: string): Promise<void> => {
    const id = limits === '' ? 'FREE' : 'CONTEST';
    const settings = limits === '' ? '' : `contest: {limits: ${limits}}\n`;
    const { token } = await stack.user(`user of ${id}`);
    await installTemplate(stack, oneStep(['true']), {}, { id }, settings);
    const group = await stack.group(id, token, 'Team');
    flowserv = cliWith({
      FLOWSERV_API_DIR: stack.dataDir,
      FLOWSERV_ACCESS_TOKEN: token,
      FLOWSERV_APP: id,
      FLOWSERV_GROUP: group,
    });
  };

  describe('of a benchmark with limits', () => {
    beforeAll(() => groupOf('{runsPerDay: 2, runs: 9, groupsPerUser: 1}'));

    it('are what is left after a start, and the time of the next run when none is left', async () => {
      const first = await flowserv('runs start --wait');
      expect(first.stderr).toMatch(
        /^left to the group: 1 of 2 runs until \d{4}-\d\d-\d\dT00:00:00Z, 8 of 9 runs in all\n/,
      );
      await flowserv('runs start --wait');
      const third = await flowserv('runs start --wait');
      expect([third.code, third.stdout]).toEqual([1, '']);
      expect(third.stderr).toMatch(/the next run is possible at \d{4}-\d\d-\d\dT00:00:00Z\n$/);
      const { stdout, stderr } = await flowserv('groups limits');
      const rows = stdout.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
      expect(rows[0]).toEqual(['Limit', 'Maximum', 'Used', 'Left', 'Renews at']);
      expect(rows[2]?.slice(0, 4)).toEqual(['runs per day (UTC)', '2', '2', '0']);
      expect(rows[3]).toEqual(['runs in all', '9', '2', '7', '']);
      expect(stderr).toContain('the next run is possible at');
      expect(JSON.parse((await flowserv('groups limits --json')).stdout)).toMatchObject({
        nextRun: { possible: false },
      });
    });
  });

  describe('of a benchmark without limits', () => {
    beforeAll(() => groupOf(''));

    it('are not mentioned', async () => {
      const started = await flowserv('runs start --wait');
      expect(started.stderr).not.toContain('left');
      expect(await flowserv('groups limits')).toEqual({
        code: 0,
        stdout: '',
        stderr: 'the benchmark has no limits\n',
      });
    });
  });
});

describe('the chosen runs of a contest in the command line', () => {
  const stack = useStack();

  it('are shown, replaced and returned to the leaderboard', async () => {
    const { token } = await stack.user('chooser');
    const results =
      'results: {file: r.json, schema: [{name: score, label: Score, dtype: float, unit: ms}]}\n';
    const ranking = '{entry: chosen, chosen: 1, decimals: {score: 1}}';
    const template = oneStep([`printf '{"score": 2.25}' > r.json`], results, ['r.json']);
    await installTemplate(stack, template, {}, { id: 'CHOICE' }, `contest: {ranking: ${ranking}}\n`);
    const group = await stack.group('CHOICE', token, 'Team');
    const env = { FLOWSERV_ACCESS_TOKEN: token, FLOWSERV_APP: 'CHOICE', FLOWSERV_GROUP: group };
    const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, ...env });
    const none = await flowserv('groups choose');
    expect([none.stdout, none.stderr]).toEqual([
      '',
      'no run is chosen, so the best one counts; choose up to 1\n',
    ]);
    const started = await flowserv('runs start --wait');
    const run = /run ([0-9a-f]{32}) is SUCCESS/.exec(started.stdout)?.[1] ?? '';
    expect(await flowserv(`groups choose ${run}`)).toEqual({ code: 0, stdout: `${run}\n`, stderr: '' });
    expect((await flowserv('groups choose')).stdout).toBe(`${run}\n`);
    expect((await flowserv('groups choose --best')).stdout).toBe('');
    const { stdout } = await flowserv('workflows ranking');
    const rows = stdout.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    expect([rows[0], rows[2]]).toEqual([
      ['Rank', 'Name', 'Score (ms)'],
      ['1', 'Team', '2.3'],
    ]);
    expect((await flowserv(`groups choose --best ${run}`)).code).toBe(1);
  });
});
