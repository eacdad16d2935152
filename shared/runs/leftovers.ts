import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, dueNames, minutesLater } from '../store/due.ts';
import { alive } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { filesOfRun } from './documents/files.ts';
import type { Run } from './run.ts';

/**
 * A stopped task may hold upload links: its last ones, which are valid for 15 minutes, and those for its logs, which
 * it gets for 3 minutes more. Two minutes allow for clocks that differ.
 */
const LINK_MINUTES = 20;

/** The time after which no upload to the run can arrive. A successful run stored everything before it became one. */
export function linksDeadAt({ state, startedAt, finishedAt }: Run): Date {
  const ran = state !== 'SUCCESS' && startedAt !== finishedAt;
  return ran && finishedAt !== undefined ? minutesLater(new Date(finishedAt), LINK_MINUTES) : new Date(0);
}

/**
 * When the sweep checks a run again after its follow-up work: once all links to store an output are expired.
 * Undefined when the run cannot have such outputs.
 */
export function leftoversDue({ now }: Services, run: Run): ReturnType<typeof dueAttributes> | undefined {
  const dead = linksDeadAt(run);
  return dead > now() ? dueAttributes(run.id, dead) : undefined;
}

/**
 * Removes the outputs that the last step stored of a run that ended as ERROR or CANCELED: no reader gets them, and
 * they count against no quota. An executed notebook that the run keeps stays. The inputs of the run stay. A run that
 * ended only after the sweep found it keeps everything: a successful run permanently, any other until its links are
 * expired.
 */
export async function removeLeftovers(services: Services, run: Run): Promise<void> {
  const { table, objects, now } = services;
  if (linksDeadAt(run) > now()) return;
  if (run.state !== 'SUCCESS') {
    const prefix = objectKeys.run(run.workflowId, run.id);
    const documents = objectKeys.runFile(run.workflowId, run.id, 'document-');
    const files = (await filesOfRun(services, run)).map(({ id }) =>
      objectKeys.runFile(run.workflowId, run.id, id),
    );
    await objects.removeAll('data', prefix, (key) => key.startsWith(documents) || files.includes(key));
  }
  await conditionally(table.update(keys.run(run.id), { remove: dueNames }, alive));
}
