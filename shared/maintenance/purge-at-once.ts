import { setTimeout as sleep } from 'node:timers/promises';
import { invalid, unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { marked } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { readAnyWorkflow } from '../workflows/workflow.ts';
import { purgeSlice } from './purge.ts';

/** Pause before another look at a purge that a function works on. */
const PAUSE_MS = 1000;

/**
 * Purges a deleted workflow now, however long it would have been kept, and waits until nothing of it is left, so that its
 * identifier can be used again.
 *
 * @throws FlowservError 404 when there is no such workflow, 400 when it has not been deleted
 */
export async function purgeWorkflowNow(services: Services, workflowId: string): Promise<void> {
  const { table, now } = services;
  const key = keys.workflow(workflowId);
  const found = await readAnyWorkflow(services, workflowId);
  if (!found) throw unknownObject('workflow', workflowId);
  if (!found.deleting) {
    throw invalid('workflow.not-deleted', `workflow '${workflowId}' has not been deleted; delete it first`);
  }
  await conditionally(table.update(key, { set: { purgeAfter: now().toISOString() } }, marked));
  for (;;) {
    const outcome = await purgeSlice(services, { kind: 'workflow', id: workflowId, key });
    if ((await readAnyWorkflow(services, workflowId))?.createdAt !== found.createdAt) return;
    if (outcome !== 'more') await sleep(PAUSE_MS);
  }
}
