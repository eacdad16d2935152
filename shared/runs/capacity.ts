import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';

/** The state of the capacity of a deployment. */
export interface CapacityStatus {
  /** True while no run is admitted. */
  readonly paused: boolean;
  /** vCPUs that runs hold. */
  readonly inUse: number;
  /** vCPUs that runs may hold. */
  readonly capacity: number;
}

export const readCapacity = async ({ table, config }: Services): Promise<CapacityStatus> =>
  capacityStatus(await table.get(keys.capacity()), config);

/** The state of the capacity by the item of the stage. */
export const capacityStatus = (item: Item | undefined, { capacity }: Services['config']): CapacityStatus => ({
  paused: item?.paused === true,
  inUse: Number(item?.inUse ?? 0),
  capacity,
});

/**
 * Pauses or resumes the admission of runs. Takes effect immediately: admission is a transaction on the same item.
 * During a pause, new runs wait in the queue, and admitted runs continue. Admission resumes with a message to the
 * dispatch queue, or with the next scheduled dispatch, within a minute, if the operator's configuration has no such
 * queue.
 */
export async function pauseAdmission(services: Services, paused: boolean): Promise<CapacityStatus> {
  const { table, messages, config } = services;
  const item = await table.update(keys.capacity(), { set: { v: 1, paused } });
  if (!paused && config.dispatchQueueUrl) await messages.dispatch();
  return capacityStatus(item, config);
}
