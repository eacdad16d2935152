import type { Config } from '../../config.ts';
import type { NextStepAnswer, TaskNetwork } from '../../engine/next-step-protocol.ts';
import { type PlannedStep, plannedSize } from '../../engine/run-plan.ts';
import { fillStep } from '../../engine/step-values.ts';
import { waveBefore } from '../../engine/waves.ts';
import { FlowservError, invalid } from '../../errors.ts';
import { timestamp } from '../../ids.ts';
import { logError } from '../../log.ts';
import type { Services } from '../../services/services.ts';
import { taskSize } from '../../step-size.ts';
import type { Write } from '../../store/item.ts';
import { ensureTaskDefinition } from '../../workflows/task-definitions.ts';
import type { RunDocument } from '../documents/plan.ts';
import type { Run } from '../run.ts';
import { newAttempt } from './attempt.ts';
import type { NextAction } from './decide.ts';
import { counted, platformFailure, runsOnSpot } from './ended-attempt.ts';
import type { StepRecord } from './record.ts';
import { readResults } from './results.ts';
import type { CheckReuse } from './reuse.ts';
import { takeRecorded } from './take-recorded.ts';
import { writeRecords } from './write-records.ts';

/**
 * Time of a task beyond that of a step, of which the warden enforces the limit: up to 15 minutes until the step
 * starts, and the uploads after it.
 */
const MARGIN_SECONDS = 1800;
/** Time that ECS lets a task wait for an instance with a GPU (AWS, "Deep dive on Amazon ECS cluster auto scaling"). */
const INSTANCE_SECONDS = 1800;

/** `changed` when another call wrote the records in between, `taken` when a step took recorded outputs. */
export type Answer =
  | NextStepAnswer
  | 'changed'
  | { readonly taken: { readonly step: number; readonly attempt: number } };

/**
 * Merges what the steps of the wave before a step left, for the steps after it. Repeatable; does nothing if the wave has
 * one step.
 *
 * @returns why that is impossible, as a message for participants
 */
export type MergeWave = (due: {
  readonly run: Run;
  readonly document: RunDocument;
  readonly step: PlannedStep;
}) => Promise<string | undefined>;

interface Attempt {
  readonly run: Run;
  readonly document: RunDocument;
  /** The records as read. */
  readonly records: readonly StepRecord[];
  /** How the previous steps ended, as far as that is not written yet. */
  readonly recorded: readonly StepRecord[];
  /** The writes that record their outputs. */
  readonly recording: readonly Write[];
  readonly action: Extract<NextAction, { kind: 'run' }>;
  /** Indexes of the steps that follow in the same task. */
  readonly following: readonly number[];
  /** Number of steps of the task definition. */
  readonly size: number;
  readonly check: CheckReuse | undefined;
  readonly merge: MergeWave | undefined;
}

/** Starts an attempt. Its record, with the ends of the previous steps, is written before its ticket is returned. */
export async function beginAttempt(services: Services, request: Attempt): Promise<Answer> {
  const { run, document, records, recorded, recording, action, following, size, check, merge } = request;
  const { step: index } = action;
  const step = document.plan.steps[index];
  if (!step) throw new Error(`run ${run.id} has no step ${index}`);
  const others = records.filter((record) => recorded.every((one) => one.index !== record.index));
  const all = [...recorded, ...others];
  const known = all.find((record) => record.index === index);
  const begin = (attempt: number, kept: Pick<StepRecord, 'refusals' | 'reuse'>) => {
    const [startedAt, spot] = [timestamp(services.now()), runsOnSpot(step, attempt)];
    const because = known?.reason ?? known?.because;
    const { taskSeconds } = known ?? {};
    const begun = { attempt, startedAt, spot, because, taskSeconds };
    return newAttempt({ runId: run.id, step, following, ...begun, ...kept });
  };
  const first = begin(action.attempt, { refusals: known?.refusals });
  const definition =
    (await lacksFiles(services, merge, { run, document, step }, first.record)) ??
    (await lacksResult(services, run.id, step, first.record, all)) ??
    (await findDefinition(services, first.record, step, size));
  if (typeof definition === 'object') {
    // The next round finds the record of the failure, and decides to wait or to end.
    await writeRecords(services, run.id, document.plan, [...recorded, definition], recording);
    return 'changed';
  }
  let begun = first;
  if (check && step.cache) {
    const { attempt } = action;
    const due = { run, document, step, attempt, definition };
    const taken = await takeRecorded(services, check, due, known);
    if (taken.outcome === 'taken') return { taken: { step: index, attempt } };
    if (taken.outcome === 'ended') return { action: 'done' };
    if (taken.outcome !== 'execute') return 'changed';
    begun = begin(taken.attempt, { refusals: known?.refusals, ...taken.kept });
  }
  const written = await writeRecords(services, run.id, document.plan, [...recorded, begun.record], recording);
  if (written === 'ended') return { action: 'done' };
  if (written === 'changed') return 'changed';
  return {
    action: 'run',
    step: index,
    attempt: begun.record.attempt,
    taskDefinition: definition,
    capacityProvider: providerOf(services.config, step, begun.record),
    ...taskSize(plannedSize(step)),
    network: networkOf(services.config),
    ticket: begun.ticket,
    timeoutSeconds: secondsOf([step, ...following.flatMap((later) => document.plan.steps[later] ?? [])]),
  };
}

/** Maximum time in seconds of a task that runs these steps. */
export const secondsOf = (steps: readonly Pick<PlannedStep, 'size' | 'gpu'>[]): number =>
  steps.reduce((sum, step) => {
    const waiting = step.gpu ? INSTANCE_SECONDS : 0;
    return sum + waiting + plannedSize(step).timeout + MARGIN_SECONDS;
  }, 0);

/** Returns the network of a task: with a public address of its own, or without one. */
function networkOf({ compute }: Config): TaskNetwork {
  const { subnets, securityGroups, network } = compute;
  if (subnets.length === 0) throw new Error('missing configuration for FLOWSERV_SUBNETS');
  return { subnets, securityGroups, assignPublicIp: network === 'public' ? 'ENABLED' : 'DISABLED' };
}

/** The record of a step that has no files to begin with, because the steps of the wave before it conflict. */
async function lacksFiles(
  { now }: Services,
  merge: MergeWave | undefined,
  due: Parameters<MergeWave>[0],
  record: StepRecord,
): Promise<StepRecord | undefined> {
  if (waveBefore(due.document.plan.steps, due.step).length < 2) return undefined;
  if (!merge) throw new Error('the files of a wave cannot be merged here');
  const reason = await merge(due);
  if (reason === undefined) return undefined;
  return { ...record, state: 'failed', reason, finishedAt: timestamp(now()) };
}

/** The record of a step that cannot take a result of an earlier step, such as an option of a program. */
async function lacksResult(
  services: Services,
  runId: string,
  step: PlannedStep,
  record: StepRecord,
  records: readonly StepRecord[],
): Promise<StepRecord | undefined> {
  const results = await readResults(services, runId, step, records);
  try {
    fillStep(step, (index) => results.get(index));
    return undefined;
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    return { ...record, state: 'failed', reason: error.message, finishedAt: timestamp(services.now()) };
  }
}

/** @throws FlowservError 400 if the operator removed the instances with a GPU after the run was planned. */
function providerOf({ steps }: Config, { gpu = false }: PlannedStep, { spot }: StepRecord): string {
  if (!gpu) return spot ? 'FARGATE_SPOT' : 'FARGATE';
  if (steps.gpu) return steps.gpu.provider;
  throw invalid('engine-config.size', 'the step needs a GPU, and this deployment has none any more');
}

/**
 * ARN of the task definition for a number of steps with a step's image, or the record of an attempt that could not get
 * it, or has no place to run.
 */
async function findDefinition(
  services: Services,
  record: StepRecord,
  step: PlannedStep,
  steps: number,
): Promise<string | StepRecord> {
  const { image, ownImage = false, architecture, network, gpu = false } = step;
  const { disk } = plannedSize(step);
  const wanted = { reference: image, own: ownImage, architecture, network, disk, gpu, steps };
  try {
    providerOf(services.config, step, record);
    return await ensureTaskDefinition(services, wanted);
  } catch (error) {
    const now = timestamp(services.now());
    if (error instanceof FlowservError) {
      return { ...record, state: 'failed', reason: error.message, finishedAt: now };
    }
    logError('no task definition', { image }, error);
    const failure = platformFailure(record, 'the container service did not take the image', now);
    // An image that the participant named may be the cause.
    return ownImage ? failure : counted(failure);
  }
}
