import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
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

type Note = z.infer<typeof noteSchema>;

const noteOf = (stage: Item | undefined) => noteSchema.safeParse(stage?.passedOver).data;

/** Whether a run is the one that is noted. */
export function isPassedOver(stage: Item | undefined, { party, number }: QueuedRun): boolean {
  const note = noteOf(stage);
  return note?.party === party && note.number === number;
}

/**
 * Notes the run, unless another one is noted that still waits. The note of one that no longer waits is left behind when
 * a pass admits a run that a concurrent pass notes.
 *
 * @param stage the item of the stage, read after the run was passed over
 */
export async function notePassedOver(
  services: Services,
  stage: Item | undefined,
  queued: QueuedRun,
): Promise<void> {
  const note = noteOf(stage);
  if (isPassedOver(stage, queued) || (note && (await findNoted(services, note)))) return;
  const passedOver = { party: queued.party, number: queued.number, since: services.now().getTime() };
  const unchanged = note ? isStill(note) : { expression: 'attribute_not_exists(#passedOver)' };
  await conditionally(services.table.update(keys.capacity(), { set: { v: 1, passedOver } }, unchanged));
}

/** Returns the run that must be admitted next because it was passed over for too long. */
export async function findOverdue(
  services: Services,
  stage: Item | undefined,
): Promise<QueuedRun | undefined> {
  const note = noteOf(stage);
  if (!note || services.now().getTime() - note.since < PATIENCE_MS) return undefined;
  const queued = await findNoted(services, note);
  if (queued) return queued;
  await conditionally(services.table.update(keys.capacity(), { remove: ['passedOver'] }, isStill(note)));
  return undefined;
}

/** The run of a note; undefined if it no longer waits, because it was admitted, canceled or deleted. */
const findNoted = async ({ table }: Services, { party, number }: Note): Promise<QueuedRun | undefined> =>
  queuedCodec.readMaybe(await table.get(keys.queued(party, number)));

/** Compares the number, which no two runs share: Dynalite, the local DynamoDB, never finds two maps equal. */
const isStill = ({ number }: Note): Condition => ({
  expression: '#passedOver.#number = :noted',
  values: { noted: number },
});
