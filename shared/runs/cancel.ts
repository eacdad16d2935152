import { logError } from '../log.ts';
import type { Services } from '../services/services.ts';
import { readRunDocument } from './documents/plan.ts';
import { imagesThatRan } from './images.ts';
import { moveRun } from './life-cycle.ts';
import { findRun, type Run, type RunImage } from './run.ts';
import { settleRun } from './settle.ts';
import { isActive, wrongState } from './state.ts';
import { hasPrivateOutput } from './steps/private-output.ts';
import { readRunAndSteps } from './steps/record.ts';

/**
 * Cancels a run: writes its final state first, then stops its execution if one exists. If stopping fails,
 * the run is still canceled and the sweep completes it.
 *
 * @returns the canceled run
 * @throws FlowservError 400 when the run is not active, 404 when it is gone
 */
export async function cancelRun(services: Services, run: Run, reason?: string): Promise<Run> {
  const canceled = isActive(run.state)
    ? await moveRun(services, run, 'CANCELED', {
        messages: reason === undefined ? [] : [reason],
        images: await imagesSoFar(services, run.id),
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

/** Returns the images of the steps that ended; that of a running step is not known yet. */
async function imagesSoFar(services: Services, runId: string): Promise<readonly RunImage[]> {
  try {
    const found = await readRunAndSteps(services, runId);
    const records = found?.steps ?? [];
    if (!records.some(({ imageDigest }) => imageDigest !== undefined)) return [];
    const document = await readRunDocument(services, runId);
    return imagesThatRan(records, (index) => hasPrivateOutput(document, index));
  } catch (error) {
    // The cancellation must succeed, even without the images.
    logError('the images of a canceled run cannot be read', { runId }, error);
    return [];
  }
}
