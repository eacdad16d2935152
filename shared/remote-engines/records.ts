import type { PlannedStep } from '../engine/run-plan.ts';
import { timestamp } from '../ids.ts';
import type { RunDocument } from '../runs/documents/plan.ts';
import type { Run } from '../runs/run.ts';
import { settleRun } from '../runs/settle.ts';
import { type StepRecord, stepCodec } from '../runs/steps/record.ts';
import type { Services } from '../services/services.ts';
import type { StepStatus } from '../staging/protocol.ts';
import { conditionally } from '../store/conditional.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { RemoteLogs } from './contract.ts';
import { unended } from './lease.ts';

/** Remote engines repeat steps themselves, if at all. */
const ATTEMPT = 1;
/** Characters of a step's output that are kept: as much as of a step of the stage (`staging/logs.ts`). */
const LOG_CHARACTERS = 32 * 1024;
/** Message of a failed workflow without logs (flowServ engine specification, REANA adapter). */
const UNKNOWN_REASON = 'unknown reason';

/** How one step ended, with what its warden would have reported. */
interface StepEnd extends Pick<StepRecord, 'state' | 'exitCode' | 'reason' | 'platform'> {
  readonly index: number;
  readonly output: string;
  readonly kept?: Pick<StepStatus, 'outputs' | 'result' | 'warnings'>;
}

/** The executed steps of a run, in order. */
export const executedSteps = ({ plan }: Pick<RunDocument, 'plan'>): readonly PlannedStep[] =>
  plan.steps.filter(({ skipped }) => !skipped);

/**
 * Ends a run as SUCCESS. The steps get the records and the reports that tasks of the stage would have left, so that the
 * run is settled and ranked like any other. May be repeated.
 *
 * @param kept what the run keeps, which the report of the last step contains
 */
export async function endAsSuccess(
  services: Services,
  run: Run,
  document: RunDocument,
  kept: NonNullable<StepEnd['kept']>,
): Promise<void> {
  const last = executedSteps(document).at(-1)?.index;
  const ends = executedSteps(document).map(
    ({ index }): StepEnd => ({
      index,
      state: 'success',
      exitCode: 0,
      output: '',
      ...(index === last ? { kept } : {}),
    }),
  );
  await record(services, run, document, ends);
}

/**
 * Ends a run as ERROR whose workflow failed. Its messages are the output of its steps, which `settleRun` hides from
 * participants for steps with private files.
 *
 * @param reason why the engine ended the workflow; absent if a step failed by itself
 */
export async function endAsFailure(
  services: Services,
  run: Run,
  document: RunDocument,
  { steps: logs, workflow }: RemoteLogs,
  reason?: string,
): Promise<void> {
  const steps = executedSteps(document);
  const outputOf = (step: number) =>
    logs.flatMap((log) => (log.step === step && log.text.trim() !== '' ? [log.text] : [])).join('\n');
  const failed = logs.find(({ isFailed }) => isFailed)?.step ?? logs.at(-1)?.step ?? steps[0]?.index ?? 0;
  const before = steps.filter(({ index }) => index < failed);
  const done = before.map(
    ({ index }): StepEnd => ({ index, state: 'success', exitCode: 0, output: outputOf(index) }),
  );
  const anyOutput = steps.some(({ index }) => outputOf(index) !== '');
  const output = outputOf(failed) || (anyOutput ? '' : workflow.trim() || UNKNOWN_REASON);
  const exitCode = logs.find(({ step, isFailed }) => isFailed && step === failed)?.exitCode ?? 1;
  const how = reason === undefined ? { exitCode } : { reason };
  await record(services, run, document, [...done, { index: failed, state: 'failed', output, ...how }]);
}

/**
 * Ends a run as ERROR that the engine did not execute; participants read the reason.
 *
 * @param platform whether the engine or its settings are the cause, not the run
 */
export async function endWithReason(
  services: Services,
  run: Run,
  document: RunDocument,
  reason: string,
  platform = false,
): Promise<void> {
  const index = executedSteps(document)[0]?.index ?? 0;
  await record(services, run, document, [{ index, state: 'failed', output: '', reason, platform }]);
}

/**
 * Writes the reports, then the records, then settles the run, so that each crash leaves less to repeat. Does nothing for
 * a run that ended meanwhile.
 */
async function record(
  services: Services,
  run: Run,
  { plan }: RunDocument,
  ends: readonly StepEnd[],
): Promise<void> {
  const now = services.now();
  for (const end of ends) {
    const { index, state, exitCode, reason, platform } = end;
    const step = plan.steps[index];
    if (!step) throw new Error(`run ${run.id} has no step ${index}`);
    await writeReport(services, run, step, end, now);
    const item: StepRecord = {
      index,
      name: step.name,
      state,
      attempt: ATTEMPT,
      // No ticket has this hash.
      ticketHash: '',
      image: step.image,
      startedAt: run.startedAt ?? timestamp(now),
      finishedAt: timestamp(now),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason }),
      ...(platform ? { platform } : {}),
    };
    const { table } = services;
    const writes = [
      table.write.check(keys.run(run.id), unended),
      table.write.put(stepCodec.write(keys.step(run.id, index), item)),
    ];
    if (!(await conditionally(table.transact(writes)))) return;
  }
  // A run that was canceled in between needs no message: the caller stops its workflow.
  const messages = { ...services.messages, remoteRun: async () => {} };
  await settleRun({ ...services, messages }, run.id, true);
}

async function writeReport(
  { objects }: Services,
  run: Run,
  { index, name }: PlannedStep,
  { output, exitCode, kept }: StepEnd,
  now: Date,
): Promise<void> {
  const stdout = output.slice(-LOG_CHARACTERS).toWellFormed();
  const status: StepStatus = {
    v: 1,
    step: { index, name, attempt: ATTEMPT },
    attempt: ATTEMPT,
    exitCode: exitCode ?? null,
    failure: null,
    startedAt: now.toISOString(),
    finishedAt: now.toISOString(),
    commands: [{ stdout, stderr: '', truncated: stdout.length < output.length }],
    outputs: kept?.outputs ?? [],
    result: kept?.result ?? null,
    archive: null,
    warnings: kept?.warnings ?? [],
  };
  const key = objectKeys.stepFile(run.id, index, ATTEMPT, 'status');
  await objects.write('work', key, Buffer.from(JSON.stringify(status)), 'application/json');
}
