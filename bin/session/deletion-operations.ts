import { unknownObject } from '../../shared/errors.ts';
import { findGroup } from '../../shared/groups/group.ts';
import { findKeptGroup, restoreGroup } from '../../shared/groups/restore.ts';
import { purgeWorkflowNow } from '../../shared/maintenance/purge-at-once.ts';
import { findKeptRun, restoreRun } from '../../shared/runs/restore.ts';
import type { Services } from '../../shared/services/services.ts';
import { readWaiting } from '../../shared/store/purge.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { restoreWorkflow } from '../../shared/workflows/restore.ts';

/** What the operator deletes and restores. */
export const deletionOperations = (services: Services) => ({
  removeWorkflow: (workflowId: string) => removeWorkflow(services, workflowId),
  /** Purges a deleted workflow, and waits until that is done; returns whether anything was left of it. */
  purgeWorkflow: (workflowId: string) => purgeWorkflowNow(services, workflowId),
  /** Deleted objects that are not yet purged. */
  waiting: () => Array.fromAsync(readWaiting(services)),
  /** Restores a deleted workflow, and returns its entry in lists. */
  restoreWorkflow: (workflowId: string) => restoreWorkflow(services, workflowId),
  restoreGroup: async (groupId: string) => restoreGroup(services, await findKeptGroup(services, groupId)),
  restoreRun: async (runId: string) => {
    const { groupId } = await findKeptRun(services, runId);
    if (groupId === undefined) throw unknownObject('run', runId);
    return restoreRun(services, runId, await findGroup(services, groupId));
  },
});
