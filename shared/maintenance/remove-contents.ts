import { reservationsSchema } from '../quotas/quota.ts';
import { removeHolder } from '../quotas/refund.ts';
import { stopAndRemoveRun } from '../runs/remove.ts';
import { runEntryCodec } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import type { Range } from '../store/item.ts';

/**
 * Deletes the runs of a list; active ones are canceled first.
 *
 * @param reason the message of a run that is canceled
 */
export async function removeRuns(services: Services, entries: Range, reason: string): Promise<void> {
  for (const entry of (await services.table.list(entries)).map(runEntryCodec.read)) {
    await stopAndRemoveRun(services, entry.id, reason);
  }
}

/** Removes the items of a range, but for one sort key, and gives back what they hold of quotas. */
export async function removeItems(services: Services, range: Range, keep?: string): Promise<void> {
  for await (const { pk, sk, reservations } of services.table.range(range)) {
    if (sk !== keep) await removeHolder(services, { pk, sk }, reservationsSchema.parse(reservations));
  }
}
