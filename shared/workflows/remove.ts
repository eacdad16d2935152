import { unknownObject } from '../errors.ts';
import { auditWrite } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import { wakePurge } from '../services/wake-purge.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { alive, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { deletion, type PurgeTime } from '../store/purge.ts';
import { reservedWorkflowName } from './create.ts';
import { readWorkflowEntry } from './list.ts';
import { findWorkflow } from './workflow.ts';

/**
 * Deletes a workflow: one transaction removes it from the list, frees its name and hides it, with its groups and their
 * runs, from every reader. The purge deletes everything that is stored for it, and frees its identifier.
 *
 * @throws FlowservError 404
 */
export async function removeWorkflow(
  services: Services,
  workflowId: string,
  time: PurgeTime = 'later',
): Promise<void> {
  const { table } = services;
  await findWorkflow(services, workflowId);
  const entry = await readWorkflowEntry(services, workflowId);
  const { name } = entry;
  const sameName: Condition = { expression: '#name = :name', values: { name } };
  const { mark, listed } = deletion(services, { kind: 'workflow', id: workflowId, workflowId, name }, time);
  try {
    await table.transact([
      table.write.update(keys.workflow(workflowId), { set: { ...mark, entry } }, alive),
      table.write.remove(keys.workflowEntry(workflowId), sameName),
      table.write.remove(await reservedWorkflowName(services, entry)),
      listed,
      auditWrite(services, workflowId, {
        actor: 'operator',
        action: 'workflow.delete',
        object: { type: 'workflow', id: workflowId },
      }),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (error.actions.includes(0)) throw unknownObject('workflow', workflowId);
    // Another request renamed it in between.
    return removeWorkflow(services, workflowId, time);
  }
  await wakePurge(services, { kind: 'workflow', id: workflowId });
}
