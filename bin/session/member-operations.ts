import { giveRole, listMembers, takeRole } from '../../shared/members/members.ts';
import { listAudited } from '../../shared/roles/audit.ts';
import type { Role } from '../../shared/roles/names.ts';
import type { Services } from '../../shared/services/services.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';

/** What the operator does with the members of workflows. */
export const memberOperations = (services: Services) => ({
  /** Gives a user a role in a workflow. */
  giveRole: (workflowId: string, username: string, role: Role) =>
    giveRole(services, 'operator', workflowId, username, role),
  takeRole: (workflowId: string, userId: string) => takeRole(services, 'operator', workflowId, userId),
  /** All users with a role in a workflow. */
  listMembers: async (workflowId: string) => {
    await findWorkflow(services, workflowId);
    return (await listMembers(services, workflowId)).entries;
  },
  /** The newest entries of the audit list of a workflow. */
  readAudit: async (workflowId: string, limit: number) => {
    await findWorkflow(services, workflowId);
    return (await listAudited(services, workflowId, { limit })).entries;
  },
});
