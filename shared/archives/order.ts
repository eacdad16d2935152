import * as z from 'zod';
import { unknownObject } from '../errors.ts';
import { timestamp } from '../ids.ts';
import type { Claim } from '../quotas/reserve.ts';
import { readRunFiles } from '../runs/documents/files.ts';
import { archiveFileId, type Run, runFileId } from '../runs/run.ts';
import type { ArchiveOrder } from '../services/messages.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { minutesLater } from '../store/due.ts';
import { absentOrOver, alive } from '../store/expressions.ts';
import { type Key, keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { checkPackable } from './size.ts';

/** Somewhat longer than the function may run; it includes the time that an order waits for the function. */
const FIRST_MINUTES = 20;
/**
 * Limits the attempts to create an archive that always fails: each request is valid for twice as long as the one
 * before, up to this.
 */
const LONGEST_MINUTES = 24 * 60;

const orderCodec = itemCodec(
  1,
  z.object({
    until: z.string(),
    minutes: z.number().default(FIRST_MINUTES),
    /** Key of the object to create; absent for archives, of which a run has one. */
    wanted: z.string().optional(),
  }),
);

/** A request to create an object in the background. */
export interface Order {
  /** Key of the item that remembers it. */
  readonly key: Key;
  /** Key of the item whose object it is. */
  readonly owner: Key;
  readonly message: ArchiveOrder;
  /** Key of the object, if the owner may have several over time. */
  readonly wanted?: string;
  /** The error for an owner that was deleted. */
  readonly gone: () => Error;
  /** What it packs; absent for a workflow, whose files are limited. */
  readonly files?: (services: Services) => Promise<readonly { readonly size: number }[]>;
  /** What the object takes of a quota, and how the owner's item remembers that; absent if it takes nothing. */
  readonly counted?: { readonly set: Readonly<Record<string, unknown>>; readonly claim: Claim } | undefined;
}

/**
 * Returns the key, in the `data` bucket, of the archive of all outputs of a run. An archive that is created on request
 * has a different key from that of the last step, because an earlier attempt of that step may have left an archive.
 */
export function archiveObject({ workflowId, id, fileSecret, archived }: Run): string {
  const fileId = archived ? archiveFileId(fileSecret) : runFileId(fileSecret, '/');
  return objectKeys.runFile(workflowId, id, fileId);
}

/** The request for an archive of a run whose last step made none. */
export const archiveOrderOf = ({ id, workflowId }: Run): Order => ({
  key: keys.archiveOrder(id),
  owner: keys.run(id),
  message: { workflowId, runId: id },
  gone: () => unknownObject('run', id),
  files: (services) => readRunFiles(services, id),
});

/**
 * Requests an object. Repeatable: a request is valid for twenty minutes; then it counts as lost. At most one request
 * per owner is valid at a time, whichever of its objects it is for.
 *
 * @returns `first`, or `repeated` if earlier requests for the same object failed
 * @throws FlowservError 404 when the owner was deleted meanwhile, 413 or 429 when a quota is used up, 400 `archive.too-large`
 */
export async function placeOrder(
  services: Services,
  { key, owner, message, wanted, gone, files, counted }: Order,
): Promise<'first' | 'repeated'> {
  const { table, messages, now } = services;
  const stored = orderCodec.readMaybe(await table.get(key));
  const earlier = stored?.wanted === wanted ? stored : undefined;
  const at = timestamp(now());
  if (stored && stored.until > at) {
    return earlier && earlier.minutes > FIRST_MINUTES ? 'repeated' : 'first';
  }
  if (files) checkPackable(await files(services));
  const minutes = earlier ? Math.min(2 * earlier.minutes, LONGEST_MINUTES) : FIRST_MINUTES;
  const order = {
    until: timestamp(minutesLater(now(), minutes)),
    minutes,
    ...(wanted === undefined ? {} : { wanted }),
  };
  try {
    await table.transact([
      counted ? table.write.update(owner, { set: counted.set }, alive) : table.write.check(owner, alive),
      table.write.put(orderCodec.write(key, order), absentOrOver('until', at)),
      ...(counted?.claim.writes ?? []),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (error.actions.includes(0)) throw gone();
    // Another caller requested it at the same time.
    if (error.actions.includes(1)) return 'first';
    throw counted?.claim.errorFor(error.actions, FIRST_CLAIM) ?? error;
  }
  await messages.archiveWanted(message);
  return earlier ? 'repeated' : 'first';
}

/** Position of the first write of a claim in the transaction. */
const FIRST_CLAIM = 2;
