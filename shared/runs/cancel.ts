import { invalid } from '../errors.ts';
import type { Services } from '../services.ts';
import { moveRun } from './life-cycle.ts';
import type { Run } from './run.ts';
import { settleRun } from './settle.ts';
import { isActive } from './state.ts';

/**
 * Cancels a run: first the state, which decides, then the execution, as far as there is one.
 *
 * @returns the canceled run
 * @throws FlowservError 400 when the run is not active
 */
export async function cancelRun(services: Services, run: Run, reason?: string): Promise<Run> {
  const canceled = isActive(run.state)
    ? await moveRun(services, run, 'CANCELED', { messages: reason === undefined ? [] : [reason] })
    : null;
  if (!canceled) throw notActive(run);
  await settleRun(services, run.id, false);
  return canceled;
}

export const notActive = (run: Run) =>
  invalid('run.not-active', `invalid operation for run in state ${run.state}`);
