import {
  type NextStepAnswer,
  type NextStepRequest,
  nextStepRequestSchema,
} from '../../engine/next-step-protocol.ts';
import { stepsOfTask } from '../../engine/shared-task.ts';
import { timestamp } from '../../ids.ts';
import { logWarning } from '../../log.ts';
import type { Services } from '../../services/services.ts';
import { readRunDocument } from '../documents/plan.ts';
import { moveRun } from '../life-cycle.ts';
import { isActive } from '../state.ts';
import { type Answer, beginAttempt, type MergeWave } from './begin-attempt.ts';
import { begunInTask, decide, type NextAction } from './decide.ts';
import { hasPrivateOutput, shownStatus } from './private-output.ts';
import { readRunAndSteps, type StepRecord } from './record.ts';
import { type CheckReuse, recordingWrites, withRecording } from './reuse.ts';
import { readReport, type StepReportDocument } from './status.ts';
import { writeRecords } from './write-records.ts';

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
 * Called by the state machine before the first task and after each one: records how the steps of the last task ended
 * and returns the next action. Repeatable: an outcome is recorded once, and a lost response is rebuilt.
 *
 * @param check finds recorded outputs of steps with `cache: true`; without it, each step is executed
 * @param merge merges what the steps of a wave left, before the first step after it
 */
export async function nextStep(
  services: Services,
  event: unknown,
  check?: CheckReuse,
  merge?: MergeWave,
): Promise<NextStepAnswer> {
  const request = nextStepRequestSchema.parse(event);
  const begun = services.now().getTime();
  for (let round = 0; round < ROUNDS; ) {
    const answer = await answerTo(services, request, check, merge);
    if (answer === 'changed') round += 1;
    else if (!('taken' in answer)) return answer;
    else if (services.now().getTime() - begun > COPYING_MS) return wait({ ...answer.taken, seconds: 1 });
  }
  throw new Error(`the steps of run ${request.runId} keep changing`);
}

async function answerTo(
  services: Services,
  { runId, outcome, stepsOfTask: most = 1, waves, member, transfers }: NextStepRequest,
  check: CheckReuse | undefined,
  merge: MergeWave | undefined,
): Promise<Answer> {
  const found = await readRunAndSteps(services, runId);
  // An error would be repeated, and an alarm would report it.
  if (!found || found.run.deleting || !isActive(found.run.state)) return { action: 'done' };
  const { run, steps: records } = found;
  if (run.state === 'PENDING' && !(await moveRun(services, run, 'RUNNING'))) return 'changed';

  const [document, reports] = await Promise.all([
    readRunDocument(services, runId),
    readReports(services, runId, outcome && !outcome.transfer ? begunInTask(records, outcome) : []),
  ]);
  const statuses = new Map(
    [...reports].map(([index, { status }]) => [
      index,
      hasPrivateOutput(document, index) ? shownStatus(status) : status,
    ]),
  );
  if (outcome?.error) logTaskError(runId, outcome, outcome.error);
  const { steps } = document.plan;
  const now = timestamp(services.now());
  const decision = decide({ steps, records, outcome, statuses, now, waves, member, transfers });
  const { action } = decision;
  const recorded = decision.recorded.map(withRecording);
  const recording = recorded.flatMap((record) =>
    recordingWrites(services, run, record, reports.get(record.index)?.sha256),
  );
  const isCached = check && action.kind === 'run' && steps[action.step]?.cache;
  if (action.kind === 'run' && !(isCached && recorded.length > 0)) {
    const { indexes, size } = stepsOfTask(steps, action.step, most);
    const task = { following: indexes.slice(1), size };
    const checks = { check, merge };
    return beginAttempt(services, {
      run,
      document,
      records,
      recorded,
      recording,
      action,
      ...checks,
      ...task,
    });
  }
  if (recorded.length > 0) {
    const written = await writeRecords(services, runId, document.plan, recorded, recording);
    if (written !== 'written') return 'changed';
  }
  // What a cached step sees depends on the results of all steps before it, so they are stored first.
  if (action.kind === 'run') return 'changed';
  return answerOf(action);
}

function answerOf(action: Exclude<NextAction, { readonly kind: 'run' }>): NextStepAnswer {
  if (action.kind === 'wait') return wait(action);
  if (action.kind === 'wave') return { action: 'wave', steps: action.steps.map((step) => ({ step })) };
  if (action.kind === 'transfer') {
    const { step, attempt, phase } = action;
    return { action: 'transfer', phase, step, attempt };
  }
  return { action: action.kind };
}

/** What the warden reported about steps, by index. */
async function readReports(
  services: Services,
  runId: string,
  records: readonly StepRecord[],
): Promise<ReadonlyMap<number, StepReportDocument>> {
  const reports = await Promise.all(
    records.map(async ({ index, attempt }) => {
      const report = await readReport(services, runId, { step: index, attempt });
      return report ? [[index, report] as const] : [];
    }),
  );
  return new Map(reports.flat());
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
  logWarning('the task or the transfer of a step did not run to its end', {
    runId,
    step,
    attempt,
    name,
    cause: text,
  });
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
