import type { PlannedStep } from '../../engine/run-plan.ts';
import { neededResults } from '../../engine/step-values.ts';
import { MAX_VALUE_BYTES } from '../../engine/value-limit.ts';
import type { Services } from '../../services/services.ts';
import { objectKeys } from '../../volumes/keys.ts';
import type { StepRecord } from './record.ts';
import { readStepObject } from './step-object.ts';

/**
 * Reads the results of earlier steps that a step needs: JSON texts by index of the step. Only the attempt that its
 * record counts as a success has a result, so that the same records give the same results.
 */
export async function readResults(
  services: Services,
  runId: string,
  step: PlannedStep,
  records: readonly Pick<StepRecord, 'index' | 'state' | 'attempt'>[],
): Promise<ReadonlyMap<number, string>> {
  const results = new Map<number, string>();
  for (const index of neededResults(step)) {
    const record = records.find((known) => known.index === index && known.state === 'success');
    if (!record) continue;
    const key = objectKeys.stepFile(runId, index, record.attempt, 'variable');
    const bytes = await readStepObject(services, key, MAX_VALUE_BYTES);
    if (bytes) results.set(index, bytes.toString('utf8'));
  }
  return results;
}
