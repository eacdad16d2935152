import { findGroup, type Group } from '../groups/group.ts';
import type { Services } from '../services/services.ts';
import { findWorkflow } from '../workflows/workflow.ts';
import type { Run } from './run.ts';

/**
 * The group of a run; null for post-processing, which belongs to the workflow.
 *
 * @throws FlowservError 404 when the group or the workflow was deleted
 */
export async function findOwner(
  services: Services,
  { groupId, workflowId }: Pick<Run, 'groupId' | 'workflowId'>,
): Promise<Group | null> {
  if (groupId !== undefined) return findGroup(services, groupId, workflowId);
  await findWorkflow(services, workflowId);
  return null;
}
