import {
  type NextStepAnswer,
  type NextStepRequest,
  nextStepRequestSchema,
} from '../engine/next-step-protocol.ts';
import type { PlannedStep } from '../engine/run-plan.ts';
import type { StepStatus } from '../engine/staging/protocol.ts';
import { stepStatusSchema } from '../engine/staging/protocol-schema.ts';
import type { Services } from '../services.ts';
import type { Condition } from '../store/expressions.ts';
import { timestamp } from '../store/ids.ts';
import { keys } from '../store/keys.ts';
import { ConditionFailed } from '../store/table.ts';
import { objectKeys } from '../volumes/keys.ts';
import { decide, type NextAction } from './decide.ts';
import { moveRun } from './life-cycle.ts';
import { findRun, readRunDocument } from './run.ts';
import { isActive } from './state.ts';
import { type StepRecord, stepCodec } from './step-record.ts';
import { ensureTaskDefinition } from './task-definitions.ts';
import { newTicket, ticketHash } from './tickets.ts';

/** A status document carries at most 192 KiB of text blocks and a list of outputs. */
const STATUS_BYTES = 4 * 1024 * 1024;
/** Size of a step's task, and the time it may take. Steps cannot choose their own yet. */
const STEP_SIZE = { cpu: '1024', memory: '2048', diskGiB: 21 } as const;
export const STEP_TIMEOUT_SECONDS = 24 * 3600;

/**
 * What the state machine asks before the first step and after each: records how the last task ended and
 * says what comes next. Repeatable: the same outcome is recorded once, and a lost answer is made again.
 */
export async function nextStep(services: Services, event: unknown): Promise<NextStepAnswer> {
  const { runId, outcome } = nextStepRequestSchema.parse(event);
  const found = await findRun(services, runId);
  if (!isActive(found.state)) return { action: 'done' };
  const run = (await moveRun(services, found, 'RUNNING')) ?? (await findRun(services, runId));
  if (run.state !== 'RUNNING') return { action: 'done' };

  const { plan } = await readRunDocument(services, runId);
  const { recorded, action } = decide({
    steps: plan.steps,
    records: await readSteps(services, runId),
    outcome,
    status: outcome ? await readStatus(services, runId, outcome) : undefined,
    now: timestamp(services.now()),
  });
  if (recorded) await services.table.put(stepCodec.write(keys.step(runId, recorded.index), recorded));
  return perform(services, runId, plan.steps, action);
}

/** The records of a run's steps in order. */
export async function readSteps({ table }: Services, runId: string): Promise<StepRecord[]> {
  return (await table.list(keys.steps(runId))).map(stepCodec.read);
}

/** What the warden of an attempt reported, or undefined when it reported nothing that can be read. */
export async function readStatus(
  { objects }: Services,
  runId: string,
  { step, attempt }: NonNullable<NextStepRequest['outcome']> | StepRecordName,
): Promise<StepStatus | undefined> {
  const body = await objects.read('work', objectKeys.stepFile(runId, step, attempt, 'status'), STATUS_BYTES);
  if (!body) return undefined;
  const parsed = stepStatusSchema.safeParse(JSON.parse(body.toString('utf8')));
  return parsed.success ? parsed.data : undefined;
}

interface StepRecordName {
  readonly step: number;
  readonly attempt: number;
}

async function perform(
  services: Services,
  runId: string,
  steps: readonly PlannedStep[],
  action: NextAction,
): Promise<NextStepAnswer> {
  if (action.kind === 'done') return { action: 'done' };
  const { step: index, attempt } = action;
  if (action.kind === 'wait') return { action: 'wait', step: index, attempt, seconds: action.seconds };
  const step = steps[index];
  if (!step) throw new Error(`run ${runId} has no step ${index}`);
  const taskDefinition = await ensureTaskDefinition(services, step.image);
  const ticket = newTicket({ runId, step: index, attempt });
  const started = await recordStart(services, runId, step, attempt, ticketHash(ticket));
  if (!started) return { action: 'done' };
  return {
    action: 'run',
    step: index,
    attempt,
    taskDefinition,
    ...STEP_SIZE,
    ticket,
    timeoutSeconds: STEP_TIMEOUT_SECONDS,
  };
}

/** Writes the record of a new attempt while the run is still active; false when it has ended meanwhile. */
async function recordStart(
  { table, now }: Services,
  runId: string,
  step: PlannedStep,
  attempt: number,
  hash: string,
): Promise<boolean> {
  const running: Condition = { expression: '#state = :running', values: { running: 'RUNNING' } };
  const record: StepRecord = {
    index: step.index,
    name: step.name,
    state: 'running',
    attempt,
    ticketHash: hash,
    image: step.image,
    startedAt: timestamp(now()),
  };
  try {
    await table.transact([
      table.write.check(keys.run(runId), running),
      table.write.put(stepCodec.write(keys.step(runId, step.index), record)),
    ]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
