import { join } from 'node:path';
import type { FaultKind } from '@flowserv/local-aws';
import { afterEach, describe, expect, it } from 'vitest';
import type { StackCall } from '../../infra/local/calls.ts';
import { keys } from '../../shared/store/keys.ts';
import { expectConsistency } from './consistency.ts';
import { installTemplate, oneStep, SCORES, start } from './install-template.ts';
import { poll, type RunningStack, runStack } from './running-stack.ts';

/** Checks that each fault of a stack occurs, and that a benchmark succeeds with it. */
const scored = oneStep([`echo '{"score": 1}' > result.json`], SCORES, ['result.json']);

const brought = `workflow:
  steps:
    - {name: own, action: "$[[own]]"}
parameters:
  - {name: own, dtype: actor}
`;

/**
 * Enough runs for each kind of fault: a conflict, in one of five writes, is missing with a probability of 10^-7.
 */
const RUNS = 3;

let stack: RunningStack | undefined;
afterEach(() => stack?.close());

/** Installs and runs a new workflow several times; returns the service calls. */
async function benchmark(
  kind: FaultKind,
  seed: number,
  template = scored,
  args: Readonly<Record<string, unknown>> = {},
): Promise<{ stack: RunningStack; calls: StackCall[] }> {
  const calls: StackCall[] = [];
  const settings = { FLOWSERV_FAULTS: kind, FLOWSERV_FAULTS_SEED: String(seed) };
  const running = await runStack(settings, { isolate: false, onCall: (call) => calls.push(call) });
  stack = running;
  const alice = await running.user('alice');
  const group = await running.group(await installTemplate(running, template), alice.token, 'Group');
  for (let run = 0; run < RUNS; run += 1) {
    const started = await start(running, group, alice.token, args);
    expect((await running.ended(started.json.id, alice.token)).state).toBe('SUCCESS');
  }
  await expectConsistency(running.services);
  return { stack: running, calls };
}

const errorsOf = (calls: readonly StackCall[]) =>
  calls.flatMap(({ service, operation, error }) => (error ? [`${service}:${operation} ${error}`] : []));

describe('a stack with faults', () => {
  it('of the kind index shows a run as due only after a delay', async () => {
    const { stack: running } = await benchmark('index', 1);
    const { table } = running.services;
    const due = async () => (await table.due('DUE#0', '9999', 10)).length;
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const seen: number[] = [];
    for (const id of ids) {
      await table.update(keys.leaderboard(id), { set: { v: 1, dueShard: 'DUE#0', dueAt: '2026-01-01' } });
      seen.push(await due());
    }
    expect(seen).not.toEqual([1, 2, 3, 4, 5]);
    await poll(async () => ((await due()) === 5 ? true : undefined), 'the items are never seen');
  });

  it('of the kind conflicts rejects only writes of the functions', async () => {
    const { calls } = await benchmark('conflicts', 1);
    const conflicts = errorsOf(calls).filter((error) => error.includes('Transaction'));
    expect(conflicts).toContain('dynamodb:TransactWriteItems TransactionCanceledException');
    expect(new Set(conflicts).size).toBeLessThanOrEqual(4);
  });

  it('of the kind hidden does not find new state machines and task definitions at first', async () => {
    // The task definition of a participant's step is registered when the step is due. This seed hides it for 2 s or
    // more.
    const own = { environment: 'python:3.9-own', commands: ['true'] };
    const { calls } = await benchmark('hidden', 148, brought, { own });
    expect(errorsOf(calls)).toContain('states:StartExecution StateMachineDoesNotExist');
    expect(errorsOf(calls)).toContain('ecs:RunTask ClientException');
  });

  it('of the kind spot interrupts a task on spare capacity, whose step is then repeated on demand', async () => {
    const calls: StackCall[] = [];
    const onCall = (call: StackCall) => calls.push(call);
    stack = await runStack({ FLOWSERV_FAULTS: 'spot' }, { isolate: false, onCall });
    const alice = await stack.user('alice');
    const config = {
      workers: [{ name: 'w', type: 'docker', spot: true }],
      workflow: [{ step: 'only', worker: 'w' }],
    };
    // The first attempt would not end in time; the second finds its mark.
    const commands = [`mkdir ${join(stack.dataDir, 'first')} 2>/dev/null && sleep 60; true`];
    const workflow = await installTemplate(stack, oneStep(commands), {}, { config });
    const { json } = await start(stack, await stack.group(workflow, alice.token, 'Group'), alice.token);
    expect(await stack.ended(json.id, alice.token)).toMatchObject({ state: 'SUCCESS' });
    const started = calls.filter(({ operation }) => operation === 'RunTask');
    expect(started.map(({ input }) => input.CapacityProviderStrategy)).toEqual([
      [{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }],
      [{ CapacityProvider: 'FARGATE', Weight: 1 }],
    ]);
  });

  it('of the kind events calls functions more than once for a batch of messages', async () => {
    const { calls } = await benchmark('events', 1);
    const batches = () =>
      calls.filter(({ caller, operation }) => caller === 'dispatch' && operation === 'ReceiveMessage');
    // The first request of each call.
    const made = () =>
      calls.filter(
        ({ caller, operation, input }) =>
          caller === 'dispatch' &&
          operation === 'GetItem' &&
          JSON.stringify(input.Key).includes(keys.capacity().pk),
      );
    // The last calls may be in progress. With this seed the first call is duplicated.
    await poll(async () => (made().length > batches().length ? true : undefined), 'no call is duplicated');
    expect(batches().length).toBeGreaterThan(0);
  });
});
