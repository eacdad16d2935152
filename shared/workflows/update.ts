import { invalid } from '../errors.ts';
import { auditWrite } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { readEarlierReservation, renameReservation } from '../store/name-keys.ts';
import { checkWorkflowName } from '../template/names.ts';
import { reservedWorkflowName, workflowNameItem } from './create.ts';
import { readWorkflowEntry } from './list.ts';
import { checkTexts } from './prepare.ts';
import type { WorkflowEntry } from './workflow.ts';

export interface WorkflowChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** The text itself, with includes resolved. */
  readonly instructions?: string | undefined;
}

/**
 * Changes the texts of a workflow that users see, each only if given. Template and files stay unchanged.
 *
 * @throws FlowservError 404, or 400 for a name that is invalid or that another workflow has
 */
export async function updateWorkflow(
  services: Services,
  workflowId: string,
  change: WorkflowChange,
): Promise<WorkflowEntry> {
  const { table } = services;
  const entry = await readWorkflowEntry(services, workflowId);
  const updated: WorkflowEntry = {
    id: entry.id,
    name:
      change.name === undefined || change.name === entry.name ? entry.name : checkWorkflowName(change.name),
    description: change.description ?? entry.description,
    instructions: change.instructions ?? entry.instructions,
  };
  checkTexts(updated);
  const { name } = updated;
  // A deletion removes the entry with its first write.
  const sameName: Condition = { expression: '#name = :name', values: { name: entry.name } };
  const { description, instructions } = change;
  const names = name === entry.name ? [] : await renameWrites(services, entry, updated);
  const set = { name, description, instructions };
  try {
    await table.transact([
      table.write.update(keys.workflowEntry(workflowId), { set }, sameName),
      ...names,
      auditWrite(services, workflowId, {
        actor: 'operator',
        action: 'workflow.update',
        object: { type: 'workflow', id: workflowId },
        detail: Object.keys(change)
          .filter((key) => change[key as keyof WorkflowChange] !== undefined)
          .join(', '),
      }),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (error.actions.includes(1)) throw nameTaken(name, error);
    // Another request renamed or deleted the workflow in between: apply the same change to its current state.
    return updateWorkflow(services, workflowId, change);
  }
  return updated;
}

async function renameWrites(
  services: Services,
  entry: WorkflowEntry,
  updated: WorkflowEntry,
): Promise<Write[]> {
  const { table } = services;
  const earlier = await readEarlierReservation(table, keys.workflowName, updated.name);
  if (earlier && earlier.workflowId !== entry.id) throw nameTaken(updated.name);
  const before = await reservedWorkflowName(services, entry);
  return renameReservation(table, before, workflowNameItem(updated));
}

const nameTaken = (name: string, cause?: unknown) =>
  invalid('workflow.name', `workflow '${name}' exists`, cause);
