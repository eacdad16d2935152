import type { Warning } from '../../documents/warning.ts';
import type { PlannedStep } from '../../engine/run-plan.ts';
import type { StepStatus } from '../../staging/protocol.ts';
import { FILE_DROPPED } from '../../staging/warnings.ts';
import { publicText } from '../public-text.ts';
import { PRIVATE_OUTPUT } from './private-output.ts';
import type { StepRecord } from './record.ts';

/** How a run ended, derived from the records of its steps alone. */
export type Outcome =
  | { readonly state: 'SUCCESS'; readonly last: StepRecord }
  | { readonly state: 'ERROR'; readonly messages: readonly string[] }
  /** Steps are missing or still running: the run has not ended by itself. */
  | { readonly state: 'OPEN' };

/** Marks a warning among the messages of a failed run. */
const WARNING_MARK = 'warning: ';

/**
 * The output among the messages of a run, and the other messages, in UTF-16 units: they are part of the run's item (400
 * KB in DynamoDB), and a unit takes up to three bytes.
 */
const OUTPUT_LIMIT = 100_000;
const OTHERS_LIMIT = 5_000;

/**
 * The outcome of a run: SUCCESS when every step that is not skipped succeeded, ERROR when one failed. The messages of
 * a failed run are the standard output of all commands of all executed steps, then their standard error (flowServ
 * engine specification, results and logs), then which step failed, with its exit code or the platform's reason, then the
 * files that were dropped, as a later step may have needed them.
 *
 * @param isPrivate whether the output of a step is for organisers only; the messages are for participants
 */
export function runOutcome(
  steps: readonly PlannedStep[],
  records: readonly StepRecord[],
  statuses: ReadonlyMap<number, StepStatus>,
  isPrivate: (index: number) => boolean = () => false,
): Outcome {
  const failed = records.find(({ state }) => state === 'failed');
  if (failed) {
    const shown = records.filter(({ index }) => !isPrivate(index));
    const texts = outputTexts(shown, statuses);
    const end = endOf(failed, isPrivate(failed.index));
    const dropped = stepWarnings(shown, statuses).map(({ message }) => `${WARNING_MARK}${message}`);
    return {
      state: 'ERROR',
      messages: [...bounded(texts, OUTPUT_LIMIT), ...bounded([end, ...dropped], OTHERS_LIMIT)],
    };
  }
  const wanted = steps.filter(({ skipped }) => !skipped);
  const done = wanted.every(({ index }) =>
    records.some((record) => record.index === index && record.state === 'success'),
  );
  const last = records.at(-1);
  return done && last ? { state: 'SUCCESS', last } : { state: 'OPEN' };
}

/**
 * Whether a run that ends as ERROR was not failed by a program of a step: no step failed, or the failed step has no
 * exit code, because it did not start, was stopped, or left output that cannot be kept.
 */
export function failedByPlatform(records: readonly StepRecord[]): boolean {
  return records.find(({ state }) => state === 'failed')?.exitCode === undefined;
}

/**
 * Whether a run that ends as ERROR does not count in its contest: the platform failed steps that would have run, and code
 * failed none, or the run ended between steps. A step that exceeds its time, its disk or another limit of the code counts.
 */
export function isRefunded(records: readonly StepRecord[]): boolean {
  return records.every(({ state, platform }) => state !== 'failed' || platform === true);
}

function outputTexts(records: readonly StepRecord[], statuses: ReadonlyMap<number, StepStatus>): string[] {
  const commands = records.flatMap(({ index }) => statuses.get(index)?.commands ?? []);
  const texts = [...commands.map(({ stdout }) => stdout), ...commands.map(({ stderr }) => stderr)];
  return texts.filter((text) => text.trim() !== '');
}

/** What a run's messages say about the failed step, in addition to its output. */
function endOf({ name, reason, exitCode }: StepRecord, isPrivate: boolean): string {
  if (reason) return `step '${name}': ${reason}`;
  const end = `step '${name}' ended with exit code ${exitCode}`;
  return isPrivate ? `${end}; ${PRIVATE_OUTPUT}` : end;
}

/**
 * The warnings of the staging program, step by step.
 *
 * @param isPrivate as for `runOutcome`; participants read only that such a step has warnings
 */
export function stepWarnings(
  records: readonly StepRecord[],
  statuses: ReadonlyMap<number, StepStatus>,
  isPrivate: (index: number) => boolean = () => false,
): Warning[] {
  return records.flatMap(({ index, name }) => {
    const warnings = statuses.get(index)?.warnings ?? [];
    if (warnings.length > 0 && isPrivate(index)) {
      return [{ code: 'step.private', message: `step '${name}' has warnings; ${PRIVATE_OUTPUT}` }];
    }
    return warnings.map(({ code, message }) => {
      // Names of files stay as they are.
      const text = code === FILE_DROPPED ? message : publicText(message);
      return { code, message: `step '${name}': ${text}` };
    });
  });
}

/**
 * As many whole messages as fit, and the next one cut, so that a run with endless output still fits into an item.
 * Lone surrogates, from the cut or the step itself, are replaced because they cannot be stored.
 */
function bounded(messages: readonly string[], limit: number): string[] {
  let left = limit;
  const kept: string[] = [];
  for (const message of messages) {
    if (left <= 0) break;
    const text = message.length <= left ? message : `${message.slice(0, left)} … (cut)`;
    kept.push(text.toWellFormed());
    left -= message.length;
  }
  return kept;
}
