import { beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../shared/broker/session.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { findRun } from '../../shared/runs/run.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { installTemplate, oneStep } from './install-template.ts';
import { admittedRun, started, startedRun, stepsOf, stopped } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

/** Calls of the state machine that are repeated while the first call is in progress. */
const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };
let group: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  group = await stack.group(await installTemplate(stack, oneStep(['true'])), alice.token, 'Group');
});

const cancel = async (runId: string) => cancelRun(stack.services, await findRun(stack.services, runId));

describe('the next step', () => {
  it('leaves one valid ticket after concurrent requests', async () => {
    const runId = await admittedRun(stack, group);
    const ask = () => nextStep(stack.services, { runId, outcome: null });
    const responses = (await Promise.all(Array.from({ length: 5 }, ask))).map(started);
    expect(responses.map(({ step, attempt }) => [step, attempt])).toEqual(responses.map(() => [0, 1]));
    const sessions = await Promise.allSettled(
      responses.map(({ ticket }) => openSession(stack.services, ticket)),
    );
    expect(sessions.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await stepsOf(stack.services, runId)).toHaveLength(1);
    await cancel(runId);
  });

  it('does not undo later decisions if it is decided late', async () => {
    const { id: runId } = await startedRun(stack, group);
    const outcome = stopped(-1);
    const gate = Promise.withResolvers<void>();
    const { objects } = stack.services;
    const open: typeof objects.open = async (bucket, key) => {
      await gate.promise;
      return objects.open(bucket, key);
    };
    const late = nextStep({ ...stack.services, objects: { ...objects, open } }, { runId, outcome });
    expect(await nextStep(stack.services, { runId, outcome })).toMatchObject({ action: 'wait', attempt: 2 });
    const soon = { ...stack.services, now: () => new Date(Date.now() + 5000) };
    expect(started(await nextStep(soon, { runId, outcome: null })).attempt).toBe(2);
    gate.resolve();
    expect(started(await late).attempt).toBe(2);
    expect(await stepsOf(stack.services, runId)).toMatchObject([{ attempt: 2, state: 'running' }]);
    await cancel(runId);
  });

  it('is empty for a run that was canceled in between', async () => {
    const runId = await admittedRun(stack, group);
    const { table } = stack.services;
    let canceled: Promise<unknown> | undefined;
    const list: typeof table.list = async (where, options) => {
      const found = await table.list(where, options);
      canceled ??= cancel(runId);
      await canceled;
      return found;
    };
    const services = { ...stack.services, table: { ...table, list } };
    expect(await nextStep(services, { runId, outcome: null })).toEqual({ action: 'done' });
    expect(await stepsOf(stack.services, runId)).toEqual([]);
    expect((await findRun(stack.services, runId)).state).toBe('CANCELED');
  });
});
