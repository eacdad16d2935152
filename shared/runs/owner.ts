import { findGroup, type Group } from '../groups/group.ts';
import type { Services } from '../services/services.ts';
import type { Owner } from '../users/authorize.ts';
import { findWorkflow } from '../workflows/workflow.ts';
import type { Run } from './run.ts';

/**
 * The group of a run, null for post-processing, and what the run belongs to: its group, or else its workflow.
 *
 * @throws FlowservError 404 when the group or the workflow was deleted
 */
export async function findOwner(
  services: Services,
  { groupId, workflowId }: Pick<Run, 'groupId' | 'workflowId'>,
): Promise<{ readonly group: Group | null; readonly owner: Owner }> {
  if (groupId !== undefined) {
    const group = await findGroup(services, groupId, workflowId);
    return { group, owner: group };
  }
  await findWorkflow(services, workflowId);
  return { group: null, owner: { workflowId } };
}
