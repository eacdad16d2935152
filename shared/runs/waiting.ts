import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { type CapacityStatus, capacityStatus } from './capacity.ts';
import { queuedCodec } from './queue.ts';
import { queueLengthCodec } from './queue-state.ts';
import { queueOwnerOf, type Run } from './run.ts';

/** Waiting runs of one owner that are counted; the place of a later one is not known. */
const MAX_PLACES = 100;
/** Owners whose queues one request reads, in the order of their runs on the page. */
const MAX_OWNERS = 5;
/** Age from which a number of waiting runs is not shown any more: it is stored each minute while runs wait. */
const LENGTH_MS = 150_000;

/** What the runs of a request that wait for admission wait for. */
export interface Waiting extends CapacityStatus {
  /** Places by run among the waiting runs of its owner, from 1. */
  readonly places: ReadonlyMap<string, number>;
  /** Waiting runs of the stage, as counted within the last minutes. */
  readonly total: number | undefined;
}

/**
 * Reads what queued runs wait for: one request for the stage, and one for each of up to five owners, whose first 100
 * waiting runs it returns. Undefined if none of the runs is in the queue.
 */
export async function readWaiting(services: Services, runs: readonly Run[]): Promise<Waiting | undefined> {
  const queued = runs.filter(({ queueNumber }) => queueNumber !== undefined);
  if (queued.length === 0) return undefined;
  const { table, config, now } = services;
  const owners = [...new Set(queued.map(queueOwnerOf))].slice(0, MAX_OWNERS);
  const [stage, ...lists] = await Promise.all([
    table.getMany([keys.capacity(), keys.queueLength()]),
    ...owners.map((owner) => table.list(keys.queuedOf(owner), { limit: MAX_PLACES })),
  ]);
  const itemAt = ({ pk }: { readonly pk: string }) => stage.find((item) => item.pk === pk);
  const length = queueLengthCodec.readMaybe(itemAt(keys.queueLength()));
  const isRecent = length && now().getTime() - length.at < LENGTH_MS;
  const places = lists.flatMap((items) =>
    items.map((item, index): [string, number] => [queuedCodec.read(item).runId, index + 1]),
  );
  return {
    ...capacityStatus(itemAt(keys.capacity()), config),
    places: new Map(places),
    total: isRecent ? length.runs : undefined,
  };
}
