import { setTimeout as sleep } from 'node:timers/promises';
import { invalid } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { endKeeping } from '../store/purge.ts';
import { readAnyWorkflow } from '../workflows/workflow.ts';
import { purgeSlice } from './purge.ts';

/** Pause before another check of a purge that a function works on. */
const PAUSE_MS = 1000;

/**
 * Purges a deleted workflow now, whatever its retention time, and waits until it is removed, so that its identifier
 * can be used again.
 *
 * @returns whether the workflow existed; a purge in the background may have been faster
 * @throws FlowservError 400 when the workflow is not deleted
 */
export async function purgeWorkflowNow(services: Services, workflowId: string): Promise<boolean> {
  const key = keys.workflow(workflowId);
  const found = await readAnyWorkflow(services, workflowId);
  if (!found) return false;
  if (!found.deleting) {
    throw invalid('workflow.not-deleted', `workflow '${workflowId}' is not deleted; delete it first`);
  }
  const { createdAt } = found;
  await endKeeping(services, { kind: 'workflow', id: workflowId }, key, createdAt);
  for (;;) {
    const outcome = await purgeSlice(services, { kind: 'workflow', id: workflowId, key, createdAt });
    if ((await readAnyWorkflow(services, workflowId))?.createdAt !== createdAt) return true;
    if (outcome !== 'more') await sleep(PAUSE_MS);
  }
}
