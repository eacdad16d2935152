import type { PlannedStep } from '../../engine/run-plan.ts';
import type { StepStatus } from '../../staging/protocol.ts';
import type { StepRecord } from './record.ts';

/** How a run ended, derived from the records of its steps alone. */
export type Outcome =
  | { readonly state: 'SUCCESS'; readonly last: StepRecord }
  | { readonly state: 'ERROR'; readonly messages: readonly string[] }
  /** Steps are missing or still running: the run has not ended by itself. */
  | { readonly state: 'OPEN' };

/** All messages of a run together, in UTF-16 units: they are part of the run's item (400 KB in DynamoDB). */
const MESSAGE_LIMIT = 100_000;

/**
 * The outcome of a run: SUCCESS when every step that is not skipped has succeeded, ERROR when one has
 * failed. The messages of a failed run are the standard output of all commands of all executed steps, then
 * their standard error (flowServ engine specification, results and logs), then the reason where the
 * platform has one, and what was dropped of the steps' files, which may be what a later step has missed.
 */
export function runOutcome(
  steps: readonly PlannedStep[],
  records: readonly StepRecord[],
  statuses: ReadonlyMap<number, StepStatus>,
): Outcome {
  const failed = records.find(({ state }) => state === 'failed');
  if (failed) return { state: 'ERROR', messages: failureMessages(records, statuses, failed) };
  const wanted = steps.filter(({ skipped }) => !skipped);
  const done = wanted.every(({ index }) =>
    records.some((record) => record.index === index && record.state === 'success'),
  );
  const last = records.at(-1);
  return done && last ? { state: 'SUCCESS', last } : { state: 'OPEN' };
}

function failureMessages(
  records: readonly StepRecord[],
  statuses: ReadonlyMap<number, StepStatus>,
  failed: StepRecord,
): string[] {
  const commands = records.flatMap(({ index }) => statuses.get(index)?.commands ?? []);
  const texts = [...commands.map(({ stdout }) => stdout), ...commands.map(({ stderr }) => stderr)];
  const messages = texts.filter((text) => text.trim() !== '');
  if (failed.reason) messages.push(`step '${failed.name}': ${failed.reason}`);
  if (messages.length === 0) messages.push(`step '${failed.name}' ended with exit code ${failed.exitCode}`);
  messages.push(...warningsOf(records, statuses));
  return bounded(messages);
}

const warningsOf = (records: readonly StepRecord[], statuses: ReadonlyMap<number, StepStatus>): string[] =>
  records.flatMap(({ index, name }) =>
    (statuses.get(index)?.warnings ?? []).map((warning) => `warning: step '${name}': ${warning}`),
  );

/**
 * As many whole messages as fit, the rest cut, so that a run that prints without end still has an item. Half
 * a character, from the cut or from the step itself, could not be stored.
 */
function bounded(messages: readonly string[]): string[] {
  let left = MESSAGE_LIMIT;
  const kept: string[] = [];
  for (const message of messages) {
    if (left <= 0) break;
    const text = message.length <= left ? message : `${message.slice(0, left)} … (cut)`;
    kept.push(text.toWellFormed());
    left -= message.length;
  }
  return kept;
}
