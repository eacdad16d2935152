import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

/** Decisions about the ranking by the command line, each with an own session. */
describe('an organiser and a participant', () => {
  const stack = useStack();
  let organiser: ReturnType<typeof cliWith>;
  let participant: ReturnType<typeof cliWith>;
  let run: string;
  let group: string;

  beforeAll(async () => {
    const [olga, paul] = await Promise.all([stack.user('olga'), stack.user('paul')]);
    await stack.install(fixture('hello-world'), { id: 'HW' });
    await giveRole(stack.services, 'operator', 'HW', 'olga', 'organiser');
    group = await stack.group('HW', paul.token, 'Team Paul');
    run = (await stack.greet(group, paul.token, 'Ann\n')).id;
    await stack.ended(run, paul.token);
    const as = (token: string) =>
      cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: token, FLOWSERV_APP: 'HW' });
    organiser = as(olga.token);
    participant = as(paul.token);
  });

  const printed = async (flowserv: ReturnType<typeof cliWith>, args: string) => {
    const { code, stdout, stderr } = await flowserv(args);
    expect([code, stderr], args).toEqual([0, '']);
    return stdout;
  };
  const ranking = () => printed(participant, 'workflows ranking');

  it('disqualify and readmit a run', async () => {
    expect((await organiser(`runs disqualify ${run}`)).stderr).toContain('--reason');
    expect((await participant(`runs disqualify ${run} --reason x`)).code).toBe(1);
    expect(await printed(organiser, `runs disqualify ${run} --reason 'a secret' --private`)).toBe(
      `run ${run} is disqualified.\n`,
    );
    expect(await ranking()).not.toContain('Team Paul');
    expect(await printed(participant, `runs show ${run}`)).toContain('\nNot ranked: disqualified\n');
    expect(await printed(organiser, 'workflows moderation')).toMatch(
      new RegExp(`\n${group} \\| ${run} \\| disqualified \\(private\\) \\| .* \\| a secret`),
    );
    await printed(organiser, `runs readmit ${run}`);
    expect(await ranking()).toContain('Team Paul');
  });

  it('disqualify and readmit a group', async () => {
    await printed(organiser, `groups disqualify -g ${group} --reason 'two accounts'`);
    const { code, stderr } = await participant(
      `runs start -g ${group} -a names=${fixture('hello-world')}/data/names.txt`,
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('two accounts')]);
    expect(await printed(participant, `groups show -g ${group}`)).toContain('\nDisqualified: two accounts\n');
    await printed(organiser, `groups readmit -g ${group}`);
    expect(await ranking()).toContain('Team Paul');
  });

  it('withdraw a run, and mark a baseline', async () => {
    await printed(participant, `runs withdraw ${run}`);
    expect(await ranking()).not.toContain('Team Paul');
    await printed(participant, `runs withdraw --undo ${run}`);
    expect(await ranking()).toMatch(/\n +1 \| Team Paul +\|/);
    await printed(organiser, `runs baseline ${run} --label 'Majority class'`);
    expect(await ranking()).toMatch(/\n +\| Team Paul \(baseline: Majority class\) +\|/);
    expect((await organiser(`runs baseline ${run} --remove --label x`)).stderr).toContain('without --label');
    await printed(organiser, `runs baseline ${run} --remove`);
    expect(await ranking()).toMatch(/\n +1 \| Team Paul +\|/);
    expect(JSON.parse(await printed(organiser, 'workflows moderation --json'))).toEqual([]);
  });

  it('pause submissions, and announce', async () => {
    await printed(organiser, "workflows pause --reason 'new data'");
    expect(await printed(participant, 'workflows show')).toContain('\nSubmissions are paused: new data\n');
    expect(await printed(organiser, 'workflows resume')).toBe('workflow HW accepts submissions.\n');
    expect(await printed(participant, 'workflows show')).not.toContain('paused');
    const id = (await printed(organiser, "workflows announce 'Until *Friday*.'")).trim();
    expect(await printed(participant, 'workflows announcements')).toMatch(
      new RegExp(`^\\S+ \\(${id}\\)\nUntil \\*Friday\\*\\.\n`),
    );
    await printed(organiser, `workflows announcements --remove ${id}`);
    expect(JSON.parse(await printed(participant, 'workflows announcements --json'))).toEqual([]);
  });
});
