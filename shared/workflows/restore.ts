import { setTimeout as sleep } from 'node:timers/promises';
import { invalid, unknownObject } from '../errors.ts';
import { auditWrite } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent, all, madeAt } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { isKept, markNames, restorable } from '../store/purge.ts';
import { workflowNameItem } from './create.ts';
import { markDirty } from './leaderboard-state.ts';
import { readAnyWorkflow, type WorkflowEntry, workflowEntryCodec } from './workflow.ts';

/** Attempts, while a worker cancels the runs of the workflow, and the pause between them. */
const ROUNDS = 20;
const PAUSE_MS = 500;

/**
 * Restores a deleted workflow with everything that belonged to it. Runs that were active are canceled.
 *
 * @returns its entry in lists
 * @throws FlowservError 404 if it is not deleted or its purge began, 400 if another workflow has its name now
 */
export async function restoreWorkflow(services: Services, workflowId: string): Promise<WorkflowEntry> {
  const { table, messages, now } = services;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round > 0) await sleep(PAUSE_MS);
    const found = await readAnyWorkflow(services, workflowId);
    if (!found?.entry || !isKept(now(), found)) break;
    const { entry, createdAt } = found;
    const isSame = all(restorable(now()), madeAt(createdAt));
    try {
      await table.transact([
        table.write.update(keys.workflow(workflowId), { remove: [...markNames, 'entry'] }, isSame),
        table.write.put(workflowNameItem(entry), absent),
        table.write.put(workflowEntryCodec.write(keys.workflowEntry(workflowId), entry), absent),
        table.write.remove(keys.purge('workflow', workflowId)),
        // Meanwhile, groups may have lost their names with the accounts of their members.
        markDirty(services, workflowId, { results: 0, trigger: 0 }),
        auditWrite(services, workflowId, {
          actor: 'operator',
          action: 'workflow.restore',
          object: { type: 'workflow', id: workflowId },
        }),
      ]);
      await messages.leaderboardDirty(workflowId);
      return entry;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.actions.includes(0)) continue;
      throw invalid(
        'workflow.duplicate',
        `workflow '${entry.name}' exists: rename it, and restore this one again`,
      );
    }
  }
  throw unknownObject('workflow', workflowId);
}
