import type { Config } from '../../config.ts';
import {
  type NextStepAnswer,
  type NextStepRequest,
  nextStepRequestSchema,
  type TaskNetwork,
} from '../../engine/next-step-protocol.ts';
import { type PlannedStep, plannedSize } from '../../engine/run-plan.ts';
import { fillStep } from '../../engine/step-values.ts';
import { FlowservError, invalid, unknownObject } from '../../errors.ts';
import { timestamp } from '../../ids.ts';
import { logError, logWarning } from '../../log.ts';
import type { Services } from '../../services/services.ts';
import { type StepSize, taskSize } from '../../step-size.ts';
import type { Write } from '../../store/item.ts';
import { ensureTaskDefinition } from '../../workflows/task-definitions.ts';
import { type RunDocument, readRunDocument } from '../documents/plan.ts';
import { moveRun } from '../life-cycle.ts';
import type { Run } from '../run.ts';
import { isActive } from '../state.ts';
import { decide, type NextAction, platformFailure, runsOnSpot } from './decide.ts';
import { hasPrivateOutput, shownStatus } from './private-output.ts';
import { readRunAndSteps, type StepRecord } from './record.ts';
import { readResults } from './results.ts';
import { type CheckReuse, recordingWrites, withRecording } from './reuse.ts';
import { readReport } from './status.ts';
import { takeRecorded } from './take-recorded.ts';
import { newTicket, ticketHash } from './tickets.ts';
import { writeRecords } from './write-records.ts';

/**
 * Time of a task beyond that of its step, of which the warden enforces the limit: up to 15 minutes until the step
 * starts, and the uploads after it.
 */
const MARGIN_SECONDS = 1800;
/**
 * Maximum number of attempts to record an outcome. They conflict only if a call is repeated while the first still runs.
 */
const ROUNDS = 5;
/**
 * A call that copied recorded outputs for this long asks the state machine to call again, so that it ends within the
 * 60 seconds of the function. Copying itself stops earlier (`shared/reuse`).
 */
const COPYING_MS = 10_000;

/**
 * Called by the state machine before the first step and after each one: records how the last task ended and returns
 * the next action. Repeatable: an outcome is recorded once, and a lost response is rebuilt.
 *
 * @param check finds recorded outputs of steps with `cache: true`; without it, each step is executed
 */
export async function nextStep(
  services: Services,
  event: unknown,
  check?: CheckReuse,
): Promise<NextStepAnswer> {
  const request = nextStepRequestSchema.parse(event);
  const begun = services.now().getTime();
  for (let round = 0; round < ROUNDS; ) {
    const answer = await answerTo(services, request, check);
    if (answer === 'changed') round += 1;
    else if (!('taken' in answer)) return answer;
    else if (services.now().getTime() - begun > COPYING_MS) return wait({ ...answer.taken, seconds: 1 });
  }
  throw new Error(`the steps of run ${request.runId} keep changing`);
}

/** `changed` when another call wrote the records in between, `taken` when a step took recorded outputs. */
type Answer =
  | NextStepAnswer
  | 'changed'
  | { readonly taken: { readonly step: number; readonly attempt: number } };

async function answerTo(
  services: Services,
  { runId, outcome }: NextStepRequest,
  check: CheckReuse | undefined,
): Promise<Answer> {
  const found = await readRunAndSteps(services, runId);
  if (!found || found.run.deleting) throw unknownObject('run', runId);
  const { run, steps: records } = found;
  if (!isActive(run.state)) return { action: 'done' };
  if (run.state === 'PENDING' && !(await moveRun(services, run, 'RUNNING'))) return 'changed';

  const [document, report] = await Promise.all([
    readRunDocument(services, runId),
    outcome ? readReport(services, runId, outcome) : undefined,
  ]);
  const { plan } = document;
  const isHidden = outcome !== null && hasPrivateOutput(document, outcome.step);
  const status = report && isHidden ? shownStatus(report.status) : report?.status;
  if (outcome?.error) logTaskError(runId, outcome, outcome.error);
  const now = timestamp(services.now());
  const decision = decide({ steps: plan.steps, records, outcome, status, now });
  const { action } = decision;
  const recorded = decision.recorded && withRecording(decision.recorded);
  const recording = recorded ? recordingWrites(services, run, recorded, report?.sha256) : [];
  const isCached = check && action.kind === 'run' && plan.steps[action.step]?.cache;
  if (action.kind === 'run' && !(isCached && recorded)) {
    return beginAttempt(services, { run, document, records, recorded, recording, action, check });
  }
  if (recorded && (await writeRecords(services, runId, [recorded], recording)) !== 'written')
    return 'changed';
  // What a cached step sees depends on the results of all steps before it, so they are stored first.
  if (action.kind === 'run') return 'changed';
  return action.kind === 'wait' ? wait(action) : { action: 'done' };
}

/**
 * Logs why the container service did not run a task, for the operator: participants read only the name of the error.
 * A cause that is the description of a whole task contains the ticket of the attempt and is not logged.
 */
function logTaskError(
  runId: string,
  { step, attempt }: { readonly step: number; readonly attempt: number },
  { name, cause }: { readonly name: string; readonly cause: string },
): void {
  const text = /^\s*[{[]/.test(cause) ? undefined : cause.slice(0, CAUSE_LENGTH);
  logWarning('the task of a step did not run to its end', { runId, step, attempt, name, cause: text });
}

/** Characters of a cause that are logged. */
const CAUSE_LENGTH = 1_000;

const wait = ({
  step,
  attempt,
  seconds,
}: Omit<Extract<NextAction, { kind: 'wait' }>, 'kind'>): NextStepAnswer => ({
  action: 'wait',
  step,
  attempt,
  seconds,
});

interface Attempt {
  readonly run: Run;
  readonly document: RunDocument;
  /** The records as read. */
  readonly records: readonly StepRecord[];
  /** How the previous step ended, if that is not written yet. */
  readonly recorded: StepRecord | null;
  /** The writes that record its outputs. */
  readonly recording: readonly Write[];
  readonly check: CheckReuse | undefined;
  readonly action: Extract<NextAction, { kind: 'run' }>;
}

/** Starts an attempt. Its record, with the end of the previous step, is written before its ticket is returned. */
async function beginAttempt(services: Services, request: Attempt): Promise<Answer> {
  const { run, document, records, recorded, recording, action, check } = request;
  const { step: index } = action;
  const step = document.plan.steps[index];
  if (!step) throw new Error(`run ${run.id} has no step ${index}`);
  const known = records.find((record) => record.index === index);
  const ended = recorded ? [recorded] : [];
  const first = beginningOf(services, run.id, step, action.attempt, { refusals: known?.refusals });
  const size = plannedSize(step);
  const all = [...ended, ...records.filter((record) => record.index !== recorded?.index)];
  const task =
    (await lacksResult(services, run.id, step, first.record, all)) ??
    (await findTask(services, first.record, step, size));
  if ('state' in task) {
    // The next round finds the record of the failure, and decides to wait or to end.
    await writeRecords(services, run.id, [...ended, task], recording);
    return 'changed';
  }
  let begun = first;
  if (check && step.cache) {
    const { attempt } = action;
    const { definition } = task;
    const due = { run, document, step, attempt, definition };
    const taken = await takeRecorded(services, check, due, known);
    if (taken.outcome === 'taken') return { taken: { step: index, attempt } };
    if (taken.outcome === 'ended') return { action: 'done' };
    if (taken.outcome !== 'execute') return 'changed';
    const kept = { refusals: known?.refusals, ...taken.kept };
    begun = beginningOf(services, run.id, step, taken.attempt, kept);
  }
  const written = await writeRecords(services, run.id, [...ended, begun.record], recording);
  if (written === 'ended') return { action: 'done' };
  if (written === 'changed') return 'changed';
  return {
    action: 'run',
    step: index,
    attempt: begun.record.attempt,
    taskDefinition: task.definition,
    capacityProvider: task.provider,
    ...taskSize(size),
    network: networkOf(services.config),
    ticket: begun.ticket,
    timeoutSeconds: size.timeout + MARGIN_SECONDS,
  };
}

/** The record of an attempt that begins, and its ticket. */
function beginningOf(
  { now }: Services,
  runId: string,
  step: PlannedStep,
  attempt: number,
  { refusals, reuse }: Pick<StepRecord, 'refusals' | 'reuse'>,
): { readonly record: StepRecord; readonly ticket: string } {
  const { index, name, image } = step;
  const ticket = newTicket({ runId, step: index, attempt });
  const record: StepRecord = {
    index,
    name,
    state: 'running',
    attempt,
    ...(refusals === undefined ? {} : { refusals }),
    ticketHash: ticketHash(ticket),
    image,
    ...(runsOnSpot(step, attempt) ? { spot: true } : {}),
    startedAt: timestamp(now()),
    ...(reuse && { reuse }),
  };
  return { record, ticket };
}

/** Returns the network of a task: with a public address of its own, or without access to the internet. */
function networkOf({ compute }: Config): TaskNetwork {
  const { subnets, securityGroups, network } = compute;
  if (subnets.length === 0) throw new Error('missing configuration for FLOWSERV_SUBNETS');
  return { subnets, securityGroups, assignPublicIp: network === 'public' ? 'ENABLED' : 'DISABLED' };
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
function providerOf({ steps }: Config, gpu: boolean, { spot }: StepRecord): string {
  if (!gpu) return spot ? 'FARGATE_SPOT' : 'FARGATE';
  if (steps.gpu) return steps.gpu.provider;
  throw invalid('engine-config.size', 'the step needs a GPU, and this deployment has none any more');
}

/** The task definition for a step's image and where it runs, or the record of an attempt that could not get them. */
async function findTask(
  services: Services,
  record: StepRecord,
  { image, ownImage = false, architecture, network, gpu = false }: PlannedStep,
  { disk }: StepSize,
): Promise<{ readonly definition: string; readonly provider: string } | StepRecord> {
  const wanted = { reference: image, own: ownImage, architecture, network, disk, gpu };
  try {
    const provider = providerOf(services.config, gpu, record);
    return { definition: await ensureTaskDefinition(services, wanted), provider };
  } catch (error) {
    const now = timestamp(services.now());
    if (error instanceof FlowservError) {
      return { ...record, state: 'failed', reason: error.message, finishedAt: now };
    }
    logError('no task definition', { image }, error);
    return platformFailure(record, 'the container service did not take the image', now);
  }
}
