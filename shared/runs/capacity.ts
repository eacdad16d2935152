import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';

/** The current state of the stage as a whole. */
export interface StageStatus {
  /** True while no run is admitted. */
  readonly paused: boolean;
  /** Number of runs that hold a slot. */
  readonly inUse: number;
  /** Number of slots for runs. */
  readonly capacity: number;
}

export const readStage = async ({ table, config }: Services): Promise<StageStatus> =>
  statusOf(await table.get(keys.stage()), config);

const statusOf = (stage: Item | undefined, { capacity }: Services['config']): StageStatus => ({
  paused: stage?.paused === true,
  inUse: Number(stage?.inUse ?? 0),
  capacity,
});

/**
 * Pauses or resumes the admission of runs. Takes effect at once: admission is a transaction on the same item. Runs
 * can still be started, and wait; admitted runs continue. If the operator's configuration has no dispatch queue, the
 * dispatch of each minute resumes admission.
 */
export async function pauseStage(services: Services, paused: boolean): Promise<StageStatus> {
  const { table, messages, config } = services;
  const stage = await table.update(keys.stage(), { set: { v: 1, paused } });
  if (!paused && config.dispatchQueueUrl) await messages.dispatch();
  return statusOf(stage, config);
}
