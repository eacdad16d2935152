import { invalid } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent, type Condition } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { checkWorkflowName } from '../template/names.ts';
import { checkTexts, workflowNameItem } from './create.ts';
import { readWorkflowEntry } from './list.ts';
import type { WorkflowEntry } from './workflow.ts';

export interface WorkflowChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** The text itself, includes resolved. */
  readonly instructions?: string | undefined;
}

/**
 * Changes what users see of a workflow, each part only if given. Template and files stay as they are.
 *
 * @throws FlowservError 404, or 400 for a name that another workflow has or that cannot be one
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
    name: change.name === undefined ? entry.name : checkWorkflowName(change.name),
    description: change.description ?? entry.description,
    instructions: change.instructions ?? entry.instructions,
  };
  checkTexts(updated);
  const { name } = updated;
  // The entry is gone with the first write of a deletion.
  const sameName: Condition = { expression: '#name = :name', values: { name: entry.name } };
  const { description, instructions } = change;
  const set = { name, description, instructions };
  try {
    await table.transact([
      table.write.update(keys.workflowEntry(workflowId), { set }, sameName),
      ...(name === entry.name ? [] : renameWrites(services, entry, updated)),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (error.actions.includes(1)) throw nameTaken(name, error);
    // Somebody else renamed or deleted the workflow in between: the same change, on what it is now.
    return updateWorkflow(services, workflowId, change);
  }
  return updated;
}

/** The new name's reservation comes first, where `updateWorkflow` looks for it. */
const renameWrites = ({ table }: Services, entry: WorkflowEntry, updated: WorkflowEntry): Write[] => [
  table.write.put(workflowNameItem(updated), absent),
  table.write.remove(keys.workflowName(entry.name)),
];

const nameTaken = (name: string, cause: unknown) =>
  invalid('workflow.name', `workflow '${name}' exists`, cause);
