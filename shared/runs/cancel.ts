import { logError } from '../log.ts';
import type { Services } from '../services/services.ts';
import type { Write } from '../store/item.ts';
import { readRunDocument } from './documents/plan.ts';
import { imagesThatRan } from './images.ts';
import { type MoveOptions, moveRun } from './life-cycle.ts';
import { findRun, type Run } from './run.ts';
import { settleRun } from './settle.ts';
import { isActive, wrongState } from './state.ts';
import { reuseOfSteps } from './step-reuse.ts';
import { hasPrivateOutput } from './steps/private-output.ts';
import { readRunAndSteps } from './steps/record.ts';

/**
 * Cancels a run: writes its final state first, then stops its execution if one exists. If stopping fails,
 * the run is still canceled and the sweep completes it.
 *
 * @param writes for the transaction that cancels the run
 * @returns the canceled run
 * @throws FlowservError 400 when the run is not active, 404 when it is gone
 */
export async function cancelRun(
  services: Services,
  run: Run,
  reason?: string,
  writes: readonly Write[] = [],
): Promise<Run> {
  const canceled = isActive(run.state)
    ? await moveRun(services, run, 'CANCELED', {
        messages: reason === undefined ? [] : [reason],
        writes,
        ...(await stepsSoFar(services, run.id)),
      })
    : null;
  if (!canceled) {
    // The run ended after it was read: the message names its final state.
    const { state } = await findRun(services, run.id);
    throw wrongState('run.not-active', state);
  }
  try {
    await settleRun(services, run.id, false);
  } catch (error) {
    logError('a canceled run was not stopped immediately', { runId: run.id }, error);
  }
  return canceled;
}

/** Returns what is known about the steps that ended; the image of a running step is not known yet. */
async function stepsSoFar(services: Services, runId: string): Promise<Pick<MoveOptions, 'images' | 'reuse'>> {
  try {
    const found = await readRunAndSteps(services, runId);
    const records = found?.steps ?? [];
    const reuse = reuseOfSteps(records);
    if (!records.some(({ imageDigest }) => imageDigest !== undefined)) return { reuse };
    const document = await readRunDocument(services, runId);
    return { reuse, images: imagesThatRan(records, (index) => hasPrivateOutput(document, index)) };
  } catch (error) {
    // The cancellation must succeed, even without them.
    logError('the steps of a canceled run cannot be read', { runId }, error);
    return {};
  }
}
