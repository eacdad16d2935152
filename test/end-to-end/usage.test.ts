import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { recordUsage } from '../../shared/runs/record-usage.ts';
import { findRun } from '../../shared/runs/run.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import { keys } from '../../shared/store/keys.ts';
import { installTemplate, oneStep, start } from './install-template.ts';
import { purged } from './purged.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const TEMPLATE = oneStep(
  ['test "$[[what]]" != wait || sleep 600; test "$[[what]]" != fail'],
  'parameters:\n  - {name: what, dtype: string, defaultValue: succeed}\n',
);
const SUMS = ['taskSeconds', 'vcpuSeconds', 'usd'] as const;

interface Account {
  readonly id: string;
  readonly token: string;
}
type Handle = { readonly id: string; readonly groupId: string; readonly usage: Record<string, number> };
let olga: Account;
let paul: Account;
let groups: string[];
/** Handles of all ended runs. */
const runs: Handle[] = [];

beforeAll(async () => {
  [olga, paul] = (await Promise.all(['olga', 'paul'].map((name) => stack.user(name)))) as [Account, Account];
  await installTemplate(stack, TEMPLATE, {}, { id: 'W' });
  await giveRole(stack.services, 'operator', 'W', 'olga', 'viewer');
  groups = [await stack.group('W', paul.token, 'First'), await stack.group('W', paul.token, 'Second')];
  for (const [group = '', what] of [
    [groups[0], 'succeed'],
    [groups[0], 'fail'],
    [groups[1], 'succeed'],
  ] as const) {
    const { json } = await start(stack, group, paul.token, { what });
    runs.push(await withUsage(json.id));
  }
});

/** Waits until a run ended and what follows its end is done. */
const withUsage = (id: string): Promise<Handle> =>
  poll(async () => {
    const { json } = await stack.request('GET', `/runs/${id}`, { token: paul.token });
    return json.usage ? json : undefined;
  }, 'the run has no usage');

const usageOf = async (query = '', token = olga.token) =>
  (await stack.request('GET', `/workflows/W/usage${query}`, { token })).json;
const month = () => new Date().toISOString().slice(0, 7);

/** The sums of some handles, as the API shows them. */
function summed(handles: readonly Handle[]) {
  const sum = (name: string) => handles.reduce((total, { usage }) => total + (usage[name] ?? 0), 0);
  return {
    runs: handles.length,
    ...Object.fromEntries(SUMS.map((name) => [name, expect.closeTo(sum(name), 9)])),
  };
}

describe('the estimate of a run', () => {
  const estimate = (group: string | undefined, body: object, token = paul.token) =>
    stack.request('POST', `/groups/${group}/estimate`, { token, body });

  it('is the price of each step for its time limit, and starts nothing', async () => {
    const before = await stack.request('GET', `/groups/${groups[0]}/runs`, { token: paul.token });
    const { status, json } = await estimate(groups[0], { arguments: [{ name: 'what', value: 'wait' }] });
    expect(status).toBe(200);
    const { date, region } = stack.services.config.pricing;
    // One vCPU and 2 GiB with 21 GiB of disk for 24 hours.
    const usd = (24 * 49_481) / 1e6;
    expect(json).toEqual({
      steps: [{ name: 'only', cpu: 1, timeout: 86_400, usd }],
      usd,
      prices: { date, region },
    });
    const after = await stack.request('GET', `/groups/${groups[0]}/runs`, { token: paul.token });
    expect(after.json).toEqual(before.json);
  });

  it('has the errors of a start', async () => {
    const body = { arguments: [{ name: 'unknown', value: 1 }] };
    const started = await stack.request('POST', `/groups/${groups[0]}/runs`, { token: paul.token, body });
    const { status, json } = await estimate(groups[0], body);
    expect([status, json.code]).toEqual([400, 'argument.unknown']);
    expect(json.message).toBe(started.json.message);
    expect((await estimate(groups[0], {}, olga.token)).status).toBe(403);
  });
});

describe('the usage of a workflow', () => {
  it('is that of its runs, by month and by group', async () => {
    // One vCPU and 2 GiB for at least a minute, and 1 GiB of disk: 60 s × 49,481 micro-dollars ÷ 3,600 s.
    for (const { usage } of runs) {
      expect(usage.taskSeconds).toBeGreaterThanOrEqual(60);
      expect(usage.vcpuSeconds).toBe(usage.taskSeconds);
      expect(usage.usd).toBe(Math.ceil(((usage.taskSeconds ?? 0) * 49_481) / 3600) / 1e6);
    }
    expect((await usageOf()).usage).toEqual([{ month: month(), ...summed(runs) }]);
    const { usage } = await usageOf(`?month=${month()}`);
    const expected = groups.map((id, position) => ({
      month: month(),
      group: { id, name: ['First', 'Second'][position] },
      uploadBytes: 0,
      ...summed(runs.filter(({ groupId }) => groupId === id)),
    }));
    expect(usage).toHaveLength(2);
    expect(usage).toEqual(expect.arrayContaining(expected));
    expect((await usageOf('?month=2020-01')).usage).toEqual([]);
  });

  it('has pages', async () => {
    const first = await usageOf(`?month=${month()}&limit=1`);
    const second = await usageOf(`?month=${month()}&limit=1&cursor=${first.nextCursor}`);
    expect([...first.usage, ...second.usage]).toEqual((await usageOf(`?month=${month()}`)).usage);
    expect(second.nextCursor).toBeUndefined();
  });

  it('counts each run once, however often its end is reported', async () => {
    const before = await usageOf();
    const { id } = runs[0] as Handle;
    const run = await findRun(stack.services, id);
    await Promise.all(Array.from({ length: 5 }, () => recordUsage(stack.services, run)));
    // As after a crash between the end of the run and what follows it.
    await stack.services.table.update(keys.run(id), { remove: ['settled'] });
    await settleRun(stack.services, id, true);
    expect(await usageOf()).toEqual(before);
  });

  it('includes tasks that a cancellation stopped, and a canceled run that had none', async () => {
    const [first = ''] = groups;
    const { json } = await start(stack, first, paul.token, { what: 'wait' });
    await poll(async () => {
      const { progress } = await findRun(stack.services, json.id);
      return progress;
    }, 'the step does not begin');
    await stack.request('PUT', `/runs/${json.id}`, { token: paul.token });
    const canceled = await withUsage(json.id);
    expect(canceled.usage.taskSeconds).toBeGreaterThanOrEqual(60);
    runs.push(canceled);
    expect((await usageOf()).usage).toEqual([{ month: month(), ...summed(runs) }]);
  });

  it('is shown to the members of the workflow only, and checks the month', async () => {
    const { status } = await stack.request('GET', '/workflows/W/usage', { token: paul.token });
    expect(status).toBe(403);
    const wrong = await stack.request('GET', '/workflows/W/usage?month=2026-13', { token: olga.token });
    expect(wrong.status).toBe(400);
  });

  it('keeps what deleted runs and groups used', async () => {
    const [, second = ''] = groups;
    await stack.request('DELETE', `/groups/${second}`, { token: paul.token });
    await purged(stack.services, keys.workflowGroup('W', second));
    expect((await usageOf()).usage).toEqual([{ month: month(), ...summed(runs) }]);
    const { usage } = await usageOf(`?month=${month()}`);
    expect(usage.map(({ group }: { group: object }) => group)).toContainEqual({ id: second });
  });
});
