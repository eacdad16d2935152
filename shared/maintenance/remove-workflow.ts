import { unknownObject } from '../errors.ts';
import { groupEntryCodec } from '../groups/group.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed, conditionally } from '../store/conditional.ts';
import { type Condition, exists, madeAt } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { reservedWorkflowName } from '../workflows/create.ts';
import { workflowCodec, workflowEntryCodec } from '../workflows/workflow.ts';
import { removeItems, removeRuns } from './remove-contents.ts';
import { readAnyGroup, removeGroup } from './remove-group.ts';

/**
 * Deletes a workflow with its groups, their uploads and runs, its post-processing, results, versions and all
 * files; active runs are stopped first. The workflow is gone for every reader, and its name free, with the
 * first write. Deleting it again completes what an interruption left, up to the last write, which frees the
 * identifier: it is not to be used again before all deletions of it have ended. State machines and task definitions
 * stay: other workflows may share them.
 *
 * @throws FlowservError 404
 */
export async function removeWorkflow(services: Services, workflowId: string): Promise<void> {
  const { table, objects } = services;
  const workflow = workflowCodec.readMaybe(await table.get(keys.workflow(workflowId)));
  if (!workflow) throw unknownObject('workflow', workflowId);
  if (!workflow.deleting) await hide(services, workflowId);
  await removeGroups(services, workflowId);
  await removePostproc(services, workflowId);
  await objects.removeAll('data', objectKeys.workflow(workflowId));
  const last = keys.workflow(workflowId);
  await removeItems(services, keys.results(workflowId));
  await removeItems(services, { pk: last.pk, prefix: '' }, last.sk);
  // Where somebody else has freed the identifier it may be another workflow's now.
  await conditionally(table.remove(last, madeAt(workflow.createdAt)));
}

/** Takes the workflow off the list, frees its name and marks it, all in one transaction. */
async function hide(services: Services, workflowId: string): Promise<void> {
  const { table } = services;
  const entry = workflowEntryCodec.readMaybe(await table.get(keys.workflowEntry(workflowId)));
  // Without its entry the workflow has been hidden by somebody else meanwhile.
  if (!entry) return;
  const sameName: Condition = { expression: '#name = :name', values: { name: entry.name } };
  const name = await reservedWorkflowName(services, entry);
  try {
    await table.transact([
      table.write.remove(keys.workflowEntry(workflowId), sameName),
      table.write.remove(name),
      table.write.update(keys.workflow(workflowId), { set: { deleting: true } }, exists),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    // Renamed or hidden by somebody else in between.
    await hide(services, workflowId);
  }
}

async function removeGroups(services: Services, workflowId: string): Promise<void> {
  const { table } = services;
  for (const entry of (await table.list(keys.workflowGroups(workflowId))).map(groupEntryCodec.read)) {
    const group = await readAnyGroup(services, entry.id);
    if (group) await removeGroup(services, group);
  }
}

/** Removes the board first: without it no further post-processing run can be started. */
async function removePostproc(services: Services, workflowId: string): Promise<void> {
  await services.table.remove(keys.board(workflowId));
  await removeRuns(services, keys.postprocEntries(workflowId), 'the workflow was deleted');
}
