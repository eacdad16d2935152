import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, dueNames, minutesLater } from '../store/due.ts';
import { alive } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { Run } from './run.ts';

/**
 * A task that was stopped may hold upload links: those of 15 minutes that it got last, and those for its logs,
 * which it gets for 3 minutes more. Two minutes are for clocks that differ.
 */
const LINK_MINUTES = 20;

/** When no upload to the run can come any more. A success has stored everything before it became one. */
export function linksDeadAt({ state, startedAt, finishedAt }: Run): Date {
  const ran = state !== 'SUCCESS' && startedAt !== finishedAt;
  return ran && finishedAt !== undefined ? minutesLater(new Date(finishedAt), LINK_MINUTES) : new Date(0);
}

/**
 * When the sweep looks at a run again for which all is done that its end calls for: once no link to store an output is
 * good any more. Undefined where there can be no such outputs.
 */
export function leftoversDue({ now }: Services, run: Run): ReturnType<typeof dueAttributes> | undefined {
  const dead = linksDeadAt(run);
  return dead > now() ? dueAttributes(run.id, dead) : undefined;
}

/**
 * Removes the outputs that the last step of a run has stored which has ended as ERROR or CANCELED all the same: no reader
 * gets them, and they count against no quota. What the run was started with stays. A run that has ended only since the
 * sweep found it keeps all that it has: a success for good, any other until its links are dead.
 */
export async function removeLeftovers({ table, objects, now }: Services, run: Run): Promise<void> {
  if (linksDeadAt(run) > now()) return;
  if (run.state !== 'SUCCESS') {
    const prefix = objectKeys.run(run.workflowId, run.id);
    const documents = objectKeys.runFile(run.workflowId, run.id, 'document-');
    await objects.removeAll('data', prefix, (key) => key.startsWith(documents));
  }
  await conditionally(table.update(keys.run(run.id), { remove: dueNames }, alive));
}
