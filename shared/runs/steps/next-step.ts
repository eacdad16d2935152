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
import { ConditionFailed } from '../../store/conditional.ts';
import type { Condition } from '../../store/expressions.ts';
import { keys } from '../../store/keys.ts';
import { ensureTaskDefinition } from '../../workflows/task-definitions.ts';
import { readRunDocument } from '../documents/plan.ts';
import { moveRun } from '../life-cycle.ts';
import { isActive } from '../state.ts';
import { decide, type NextAction, platformFailure, runsOnSpot } from './decide.ts';
import { hasPrivateOutput, shownStatus } from './private-output.ts';
import { readRunAndSteps, type StepRecord, stepCodec } from './record.ts';
import { readResults } from './results.ts';
import { readStatus } from './status.ts';
import { newTicket, ticketHash } from './tickets.ts';

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
 * Called by the state machine before the first step and after each one: records how the last task ended and returns
 * the next action. Repeatable: an outcome is recorded once, and a lost response is rebuilt.
 */
export async function nextStep(services: Services, event: unknown): Promise<NextStepAnswer> {
  const request = nextStepRequestSchema.parse(event);
  for (let round = 0; round < ROUNDS; round += 1) {
    const answer = await answerTo(services, request);
    if (answer !== 'changed') return answer;
  }
  throw new Error(`the steps of run ${request.runId} keep changing`);
}

/** `changed` when another call wrote the records in between. */
type Answer = NextStepAnswer | 'changed';

async function answerTo(services: Services, { runId, outcome }: NextStepRequest): Promise<Answer> {
  const found = await readRunAndSteps(services, runId);
  if (!found || found.run.deleting) throw unknownObject('run', runId);
  const { run, steps: records } = found;
  if (!isActive(run.state)) return { action: 'done' };
  if (run.state === 'PENDING' && !(await moveRun(services, run, 'RUNNING'))) return 'changed';

  const [document, report] = await Promise.all([
    readRunDocument(services, runId),
    outcome ? readStatus(services, runId, outcome) : undefined,
  ]);
  const { plan } = document;
  const isHidden = outcome !== null && hasPrivateOutput(document, outcome.step);
  const status = report && isHidden ? shownStatus(report) : report;
  if (outcome?.error) logTaskError(runId, outcome, outcome.error);
  const now = timestamp(services.now());
  const { recorded, action } = decide({ steps: plan.steps, records, outcome, status, now });
  if (action.kind === 'run')
    return beginAttempt(services, runId, { steps: plan.steps, records, recorded, action });
  if (recorded && (await write(services, runId, [recorded])) !== 'written') return 'changed';
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

const wait = ({ step, attempt, seconds }: Extract<NextAction, { kind: 'wait' }>): NextStepAnswer => ({
  action: 'wait',
  step,
  attempt,
  seconds,
});

interface Attempt {
  readonly steps: readonly PlannedStep[];
  /** The records as read. */
  readonly records: readonly StepRecord[];
  /** How the previous step ended, if that is not written yet. */
  readonly recorded: StepRecord | null;
  readonly action: Extract<NextAction, { kind: 'run' }>;
}

/** Starts an attempt. Its record, with the end of the previous step, is written before its ticket is returned. */
async function beginAttempt(services: Services, runId: string, request: Attempt): Promise<Answer> {
  const { steps, records, recorded } = request;
  const { step: index, attempt } = request.action;
  const step = steps[index];
  if (!step) throw new Error(`run ${runId} has no step ${index}`);
  const refusals = records.find((known) => known.index === index)?.refusals;
  const ended = recorded ? [recorded] : [];
  const ticket = newTicket({ runId, step: index, attempt });
  const record: StepRecord = {
    index,
    name: step.name,
    state: 'running',
    attempt,
    ...(refusals === undefined ? {} : { refusals }),
    ticketHash: ticketHash(ticket),
    image: step.image,
    ...(runsOnSpot(step, attempt) ? { spot: true } : {}),
    startedAt: timestamp(services.now()),
  };
  const size = plannedSize(step);
  const all = [...ended, ...records.filter((known) => known.index !== recorded?.index)];
  const task =
    (await lacksResult(services, runId, step, record, all)) ?? (await findTask(services, record, step, size));
  if ('state' in task) {
    // The next round finds the record of the failure, and decides to wait or to end.
    await write(services, runId, [...ended, task]);
    return 'changed';
  }
  const written = await write(services, runId, [...ended, record]);
  if (written === 'ended') return { action: 'done' };
  if (written === 'changed') return 'changed';
  return {
    action: 'run',
    step: index,
    attempt,
    taskDefinition: task.definition,
    capacityProvider: task.provider,
    ...taskSize(size),
    network: networkOf(services.config),
    ticket,
    timeoutSeconds: size.timeout + MARGIN_SECONDS,
  };
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

/**
 * Writes the records of different steps in one transaction, while the run is active and no other call has gone
 * further: each over no record, over an earlier attempt, or over the same attempt while it is running.
 */
async function write(
  { table, metrics }: Services,
  runId: string,
  records: readonly StepRecord[],
): Promise<'written' | 'ended' | 'changed'> {
  const running: Condition = { expression: '#state = :running', values: { running: 'RUNNING' } };
  const current = ({ attempt }: StepRecord): Condition => ({
    expression:
      'attribute_not_exists(#pk) OR #attempt < :attempt OR (#attempt = :attempt AND #state = :running)',
    values: { attempt, running: 'running' },
  });
  try {
    await table.transact([
      table.write.check(keys.run(runId), running),
      ...records.map((record) =>
        table.write.put(stepCodec.write(keys.step(runId, record.index), record), current(record)),
      ),
    ]);
    const repeated = records.filter(({ state }) => state === 'waiting').length;
    if (repeated > 0) metrics.record({ TasksRepeated: repeated });
    return 'written';
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return error.actions.includes(0) ? 'ended' : 'changed';
  }
}
