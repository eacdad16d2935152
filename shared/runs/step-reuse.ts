import type { RunStepReuse } from './run.ts';
import type { StepRecord } from './steps/record.ts';

/** Bytes of all entries together as JSON, as for the images of a run. */
const MAX_BYTES = 25_000;

/** Whether the steps with `cache: true` took recorded outputs, and if not, why; up to the size that a run keeps. */
export function reuseOfSteps(
  records: readonly Pick<StepRecord, 'name' | 'state' | 'reuse'>[],
): readonly RunStepReuse[] {
  const steps: RunStepReuse[] = [];
  let left = MAX_BYTES;
  for (const { name, state, reuse } of records) {
    if (!reuse) continue;
    const step = name.toWellFormed();
    const runId = state === 'success' ? reuse.from?.runId : undefined;
    const { from, unrecorded } = reuse;
    const missed = from ? 'the run ended before the recorded outputs were copied' : reuse.missed;
    const reason = [missed, unrecorded && `its own outputs are not recorded, because ${unrecorded}`]
      .filter((text) => text !== undefined)
      .join('; ');
    const entry = runId === undefined ? { step, reason } : { step, runId };
    left -= Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (left < 0) break;
    steps.push(entry);
  }
  return steps;
}
