import { beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { giveRole } from '../../shared/members/members.ts';
import { listAudited } from '../../shared/roles/audit.ts';
import { recordUsage } from '../../shared/runs/record-usage.ts';
import { findRun } from '../../shared/runs/run.ts';
import { readBudget } from '../../shared/workflows/budget.ts';
import { installTemplate, oneStep, start } from './install-template.ts';
import { updateTemplate } from './new-version.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });

// A minute of the largest task costs 0.0053 USD: 4 × 0.04048 + 30 × 0.004445 + 180 × 0.000111 USD per hour.
const CONFIG = {
  workers: [{ name: 'large', type: 'docker', cpu: 4, memory: '30 GiB', disk: '200 GiB' }],
  workflow: [{ step: 'only', worker: 'large' }],
};
const TEMPLATE = oneStep(['true']);
const budgetOf = (amount: string, whenReached: string) =>
  `contest: {budget: {perMonth: ${amount}, whenReached: ${whenReached}}}\n`;

let token: string;
let olga: string;
let group: string;
let other: string;

beforeAll(async () => {
  token = (await stack.user('paul')).token;
  olga = (await stack.user('olga')).token;
  await installTemplate(stack, TEMPLATE, {}, { id: 'W', config: CONFIG }, budgetOf('0.01 USD', 'wait'));
  await installTemplate(stack, TEMPLATE, {}, { id: 'Free' });
  await giveRole(stack.services, 'operator', 'W', 'olga', 'viewer');
  [group, other] = [await stack.group('W', token, 'One'), await stack.group('Free', token, 'Two')];
});

const newRun = async (groupId = group): Promise<string> => (await start(stack, groupId, token, {})).json.id;
const stored = (id: string) => findRun(stack.services, id);
const recorded = (id: string) => poll(async () => (await stored(id)).usage, 'the run has no usage');
const handle = async (id: string) => (await stack.request('GET', `/runs/${id}`, { token })).json;
const held = (id: string) => poll(async () => (await stored(id)).held, 'the run is not held');
const alerts = async () => {
  const { entries } = await listAudited(stack.services, 'W');
  const found = entries.filter(({ action }) => action === 'budget.alert');
  return found.map(({ detail = '' }) => detail.split(' of the budget')[0]).toSorted();
};
const month = () => new Date().toISOString().slice(0, 7);
/** Waits until the alerts of the last end are recorded. */
const alerted = (percent: number) =>
  poll(async () => (await readBudget(stack.services, 'W'))?.alerted === percent || undefined, 'no alert');

describe('the budget of a month', () => {
  it('tells organisers at 50, 80 and 100 %, once each', async () => {
    const first = await newRun();
    await recorded(first);
    await alerted(50);
    expect(await alerts()).toEqual(['50 %']);
    const second = await newRun();
    await recorded(second);
    await alerted(100);
    const run = await stored(second);
    await Promise.all(Array.from({ length: 5 }, () => recordUsage(stack.services, run)));
    expect(await alerts()).toEqual(['100 %', '50 %', '80 %']);
    const { json } = await stack.request('GET', '/workflows/W/usage', { token: olga });
    expect(json.budget).toMatchObject({ month: month(), usd: 0.01, whenReached: 'wait', isReached: true });
    expect(json.budget.usedUsd).toBe(json.usage[0].usd);
  });

  it('lets new runs wait without delay for other workflows, until it is raised', async () => {
    const waiting = await newRun();
    const canceled = await newRun();
    await Promise.all([held(waiting), held(canceled)]);
    const free = await stack.ended(await newRun(other), token);
    expect(free.state).toBe('SUCCESS');
    const { state, reason, since } = await handle(waiting);
    expect(state).toBe('PENDING');
    expect(reason).toBe(
      `the budget of this benchmark for ${month()} is used up; runs start again in the next month, or when the organisers raise the budget`,
    );
    expect(since).toBe((await stored(waiting)).held?.since);

    await stack.request('PUT', `/runs/${canceled}`, { token });
    expect(await recorded(canceled)).toMatchObject({ micros: 0 });
    await sweep(stack.services);
    expect((await stored(waiting)).held).toBeDefined();

    await updateTemplate(stack.services, 'W', TEMPLATE, {}, budgetOf('0.02 USD', 'wait'));
    // The check of each run is five minutes after the last one.
    const later = new Date(Date.now() + 6 * 60_000);
    await sweep({ ...stack.services, now: () => later });
    expect((await stack.ended(waiting, token)).state).toBe('SUCCESS');
    expect(await alerts()).toHaveLength(3);
  });

  it('cancels new runs if the benchmark says so, and they cost nothing', async () => {
    await updateTemplate(stack.services, 'W', TEMPLATE, {}, budgetOf('0.01', 'refuse'));
    const refused = await newRun();
    await held(refused);
    await sweep(stack.services);
    const { state, messages } = await handle(refused);
    expect([state, messages]).toEqual([
      'CANCELED',
      [`refused: the budget of this benchmark for ${month()} is used up`],
    ]);
  });

  it('begins again in the next month', async () => {
    const next = new Date(Date.now() + 32 * 86_400_000);
    const use = await readBudget({ ...stack.services, now: () => next }, 'W');
    expect(use).toMatchObject({ micros: 0, alerted: 0 });
  });
});
