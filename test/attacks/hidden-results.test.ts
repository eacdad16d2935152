import { expect, it } from 'vitest';
import { keys } from '../../shared/store/keys.ts';
import { installTemplate, oneStep, SCORES } from '../end-to-end/install-template.ts';
import { updateTemplate } from '../end-to-end/new-version.ts';
import { contestAt, phaseRequests, scoring } from '../end-to-end/phase-requests.ts';
import { rescoreRequests } from '../end-to-end/rescore-requests.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** What participants could learn of hidden results by other ways than reading them. */

const stack = useStack({ check: 'consistency' });
const { get, team } = phaseRequests(stack);
const { organiserOf } = rescoreRequests(stack);

const BLIND = { test: ', leaderboard: organisers' };
const contest = (settings: string) => `contest: {${settings}}\n`;

/** The step is cached, and its exit code says which score it had. */
const TELLING = oneStep(
  [`printf '{"score": %s}' "$[[score]]" > result.json`, 'test "$[[score]]" -ge 0 || exit 37'],
  `parameters: [{name: score, dtype: int}]\n${SCORES}`,
  ['result.json'],
).replace('    - name: only\n', '    - name: only\n      cache: true\n');

it('neither the exit code of a hidden step nor the run whose outputs it took is shown', async () => {
  await installTemplate(stack, TELLING, {}, { id: 'CODES' }, contestAt('test', BLIND));
  const one = await team('CODES', 'one');
  const { token } = await organiserOf('CODES');
  const [first, failed, second] = [await one.score(4), await one.score(-4), await one.score(4)];
  const logs = async (run: { id: string }, of: string) => (await get(`/runs/${run.id}/logs`, of)).steps;
  const base = stack.services.config.api.wesUrl;
  const wes = async (path: string, of: string) =>
    (await stack.request('GET', path, { token: of, base })).json;
  const tasks = async (run: { id: string }, of: string) => (await wes(`/runs/${run.id}/tasks`, of)).task_logs;
  expect(await logs(failed, token)).toMatchObject([{ state: 'failed', exitCode: 37 }]);
  expect(await tasks(failed, token)).toMatchObject([{ exit_code: 37 }]);
  // The tasks of this stack have no image digest, without which no step takes outputs.
  const from = { runId: first.id, step: 0, attempt: 1 };
  await stack.services.table.update(keys.step(second.id, 0), { set: { reuse: { from } } });
  expect(await logs(second, token)).toMatchObject([{ takenFrom: first.id }]);
  expect((await get(`/runs/${second.id}`, token)).reuse).toMatchObject([{ step: 'only' }]);
  for (const run of [first, failed, second]) {
    const [step] = await logs(run, one.token);
    expect(step.state).toBe(run === failed ? 'failed' : 'success');
    for (const name of ['exitCode', 'reason', 'takenFrom']) expect(step).not.toHaveProperty(name);
    const [task] = await tasks(run, one.token);
    expect(task).not.toHaveProperty('exit_code');
    expect(task.system_logs).toEqual([]);
    expect(await get(`/runs/${run.id}`, one.token)).not.toHaveProperty('reuse');
    const { task_logs } = await wes(`/runs/${run.id}`, one.token);
    expect(task_logs).toEqual([task]);
  }
});

it('removing a phase that was made blind does not return to the rules of earlier versions', async () => {
  await installTemplate(stack, scoring(), {}, { id: 'TWICE' }, contestAt('test'));
  const one = await team('TWICE', 'one');
  const { id } = await one.score(4);
  const isShown = async () => {
    const [handle, group] = [
      await get(`/runs/${id}`, one.token),
      await get(`/groups/${one.group}`, one.token),
    ];
    const shown = [handle, group.runs[0]].map((run) => run.results !== undefined);
    expect(new Set(shown).size).toBe(1);
    return shown[0];
  };
  const update = (settings: string) => updateTemplate(stack.services, 'TWICE', scoring(), {}, settings);
  expect(await isShown()).toBe(true);
  await update(contestAt('test', BLIND));
  expect(await isShown()).toBe(false);
  for (const settings of ['', contest('phases: [{id: other}]'), contest('limits: {runs: 9}')]) {
    await update(settings);
    expect(await isShown(), settings).toBe(false);
  }
  await update(contestAt('test'));
  expect(await isShown()).toBe(true);
  // What was public stays so, unless the installed version hides everything.
  await update(contest('limits: {runs: 9}'));
  expect(await isShown()).toBe(true);
  await update(contest('visibility: {leaderboard: organisers}'));
  expect(await isShown()).toBe(false);
});

it('a disqualified run does not open a phase that needs a successful one', async () => {
  const needs = { test: ', requires: dev' };
  await installTemplate(stack, scoring(), {}, { id: 'NEEDS' }, contestAt('dev', needs));
  const one = await team('NEEDS', 'one');
  const { token } = await organiserOf('NEEDS');
  const run = await one.score(4);
  await updateTemplate(stack.services, 'NEEDS', scoring(), {}, contestAt('test', needs));
  const path = `/runs/${run.id}/disqualification`;
  await stack.request('PUT', path, { token, body: { reason: 'copied', visibility: 'private' } });
  const refused = await one.start(5);
  expect([refused.status, refused.json.code]).toEqual([403, 'contest.phase-required']);
  expect((await get(`/groups/${one.group}/limits`, one.token)).nextRun.possible).toBe(false);
  await stack.request('DELETE', path, { token });
  expect((await one.start(5)).status).toBe(201);
});

it('a run in a blind phase does not say that one which scores it again has a result', async () => {
  await installTemplate(stack, scoring(), {}, { id: 'AGAIN' }, contestAt('test', BLIND));
  const one = await team('AGAIN', 'one');
  const organiser = await organiserOf('AGAIN');
  const { id } = await one.score(4);
  const next = scoring().replace('%s}', '%s1}');
  await updateTemplate(stack.services, 'AGAIN', next, {}, contestAt('test', BLIND));
  const { json } = await organiser.create({ ranked: true });
  expect(await organiser.finished(json.id)).toMatchObject({ done: 1 });
  expect(await get(`/runs/${id}`, organiser.token)).toHaveProperty('replacedBy');
  expect(await get(`/runs/${id}`, one.token)).not.toHaveProperty('replacedBy');
  const { runs } = await get(`/groups/${one.group}/runs`, one.token);
  expect(runs).toHaveLength(2);
  for (const run of runs) {
    for (const name of ['replacedBy', 'results', 'notRanked']) expect(run).not.toHaveProperty(name);
  }
});

it('a run from before the phases is scored again with the private files of the first phase', async () => {
  const labels = {
    'labels/easy.txt': { text: '1\n', access: 'private' },
    'labels/final.txt': { text: '2\n', access: 'private' },
  } as const;
  const template = oneStep(
    [`printf '{"score": %s}' "$[[score]]$$(cat labels/easy.txt)" > result.json`],
    `parameters: [{name: score, dtype: int}]\n${SCORES}`,
    ['result.json'],
  );
  await installTemplate(stack, template, labels, { id: 'OLDER' });
  const one = await team('OLDER', 'one');
  const organiser = await organiserOf('OLDER');
  expect(await one.score(5)).toMatchObject({ results: [{ value: 51 }] });
  const inputs = { dev: ', inputs: {labels/easy.txt: labels/final.txt}' };
  await updateTemplate(stack.services, 'OLDER', template, labels, contestAt('dev', inputs));
  const { json } = await organiser.create({ ranked: true });
  expect(await organiser.finished(json.id)).toMatchObject({ done: 1 });
  const { ranking } = await get('/workflows/OLDER/leaderboard?phase=dev');
  expect(ranking).toMatchObject([{ results: [{ value: 52 }] }]);
});
