import { logError, logInfo } from '../log.ts';
import { purgeRun } from '../runs/purge.ts';
import { runCodec } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { wakePurge } from '../services/wake-purge.ts';
import { minutesLater } from '../store/due.ts';
import type { DueItem } from '../store/due-item.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { isKept, type PurgeKind } from '../store/purge.ts';
import { isHeld, LeaseOver, type Marked, release, take, withinLease } from './lease.ts';
import type { InTime, Outcome } from './outcome.ts';
import { purgeAccount } from './purge-account.ts';
import { purgeGroup } from './purge-group.ts';
import { purgeUpload } from './purge-upload.ts';
import { purgeWorkflow } from './purge-workflow.ts';

/** Time in one slice after which no work begins; the function has 300 s. */
const SLICE_MS = 60_000;
/** A failed purge is tried again after this time. */
const AGAIN_MINUTES = 5;

/** An item that is removed in the background. */
export type Purgeable = Marked & Pick<DueItem, 'kind'> & { readonly kind: PurgeKind | 'upload' | 'user' };

const works: Record<Purgeable['kind'], (services: Services, item: Item, inTime: InTime) => Promise<Outcome>> =
  {
    workflow: purgeWorkflow,
    group: purgeGroup,
    run: async (services, item) => {
      const run = runCodec.read(item);
      if (isKept(services.now(), run)) return new Date(run.purgeAfter ?? '');
      return (await purgeRun(services, run)) ?? 'done';
    },
    upload: purgeUpload,
    user: purgeAccount,
  };

/**
 * Works for one slice on the purge of an item that is marked as deleted. Requests another slice by a message if
 * something is left; the sweep replaces a lost message.
 */
export async function purge(services: Services, purgeable: Purgeable): Promise<void> {
  const { kind, id } = purgeable;
  try {
    const outcome = await purgeSlice(services, purgeable);
    if (outcome === undefined || kind === 'upload') return;
    logInfo('purge', { kind, id, outcome });
    if (outcome === 'more') await wakePurge(services, { kind, id });
  } catch (error) {
    logError('purge failed', { kind, id }, error);
  }
}

/** @returns the progress, or undefined when another worker has the lease or nothing is left */
export async function purgeSlice(services: Services, purgeable: Purgeable): Promise<Outcome | undefined> {
  const item = await take(services, purgeable);
  if (!item) return undefined;
  const leave = (at: Date) => release(services, purgeable, item, at);
  try {
    const inTime = slice();
    const held = () => inTime() && isHeld(services, item);
    const outcome = await works[purgeable.kind](withinLease(services, item), item, held);
    if (outcome !== 'done') await leave(outcome === 'more' ? services.now() : outcome);
    return outcome;
  } catch (error) {
    const isOver = error instanceof LeaseOver;
    await leave(isOver ? services.now() : minutesLater(services.now(), AGAIN_MINUTES));
    if (isOver) return 'more';
    throw error;
  }
}

/** The key of a marked item. */
export const markedKey = (kind: PurgeKind | 'user', id: string) =>
  ({ workflow: keys.workflow, group: keys.group, run: keys.run, user: keys.user })[kind](id);

function slice(): InTime {
  const begun = performance.now();
  return () => performance.now() - begun < SLICE_MS;
}
