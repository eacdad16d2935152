import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { type QueuedRun, queuedCodec } from './queue.ts';

/**
 * A run that needs more vCPUs than are free is passed over: smaller runs of other owners are admitted before it. The
 * first one is noted on the item of the stage. If it still waits after some minutes, freed vCPUs are kept for it: no
 * other run is admitted until it is. So a large run waits at most these minutes, and until enough of the runs that are
 * already admitted end. During these minutes, it does not delay other runs.
 *
 * The note is only a hint: the vCPUs in use are counted without it. If it is lost, the minutes begin again.
 */

/** How long a run may be passed over. */
const PATIENCE_MS = 5 * 60_000;

const noteSchema = z.object({ party: z.string(), number: z.number(), since: z.number() });

const noteOf = (stage: Item | undefined) => noteSchema.safeParse(stage?.passedOver).data;

/** Whether a run is the one that is noted. */
export function isPassedOver(stage: Item | undefined, { party, number }: QueuedRun): boolean {
  const note = noteOf(stage);
  return note?.party === party && note.number === number;
}

/** Notes the run, unless another one is noted. */
export async function notePassedOver({ table, now }: Services, { party, number }: QueuedRun): Promise<void> {
  const passedOver = { party, number, since: now().getTime() };
  await conditionally(
    table.update(
      keys.capacity(),
      { set: { v: 1, passedOver } },
      { expression: 'attribute_not_exists(#passedOver)' },
    ),
  );
}

/** Returns the run that must be admitted next because it was passed over for too long. */
export async function findOverdue(
  { table, now }: Services,
  stage: Item | undefined,
): Promise<QueuedRun | undefined> {
  const note = noteOf(stage);
  if (!note || now().getTime() - note.since < PATIENCE_MS) return undefined;
  const queued = queuedCodec.readMaybe(await table.get(keys.queued(note.party, note.number)));
  if (queued) return queued;
  // It was canceled or deleted.
  const same = { expression: '#passedOver = :passedOver', values: { passedOver: note } };
  await conditionally(table.update(keys.capacity(), { remove: ['passedOver'] }, same));
  return undefined;
}
