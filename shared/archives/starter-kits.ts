import { unknownObject } from '../errors.ts';
import { STARTER_KIT_FORMAT } from '../starter-kit/starter-kit.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { Workflow, WorkflowEntry } from '../workflows/workflow.ts';
import { digestOf } from './digest.ts';
import type { Order } from './order.ts';

/** Returns the key of the starter kit of a workflow, which depends on its version and on its texts. */
export function starterKitObject(
  { id, version }: Pick<Workflow, 'id' | 'version'>,
  { name, description, instructions }: WorkflowEntry,
): string {
  const made = digestOf([STARTER_KIT_FORMAT, version, name, description, instructions]);
  return `${objectKeys.starterKits(id)}${made}`;
}

/** The request for the starter kit of a workflow. */
export function starterKitOrder(
  workflow: Workflow,
  entry: WorkflowEntry,
): Order & { readonly wanted: string } {
  return {
    key: keys.starterKitOrder(workflow.id),
    owner: keys.workflow(workflow.id),
    message: { workflowId: workflow.id, starterKit: true },
    wanted: starterKitObject(workflow, entry),
    gone: () => unknownObject('workflow', workflow.id),
  };
}
