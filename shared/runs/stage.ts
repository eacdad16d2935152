import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';

/** What the stage as a whole is doing. */
export interface StageStatus {
  /** True while no run is admitted. */
  readonly paused: boolean;
  /** Runs that hold a slot. */
  readonly inUse: number;
  /** Slots for runs. */
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
 * Stops or resumes the admission of runs, at once: admission is a transaction on the same item. Runs can still be
 * started, and wait; runs that have been admitted go on. Where the operator knows no queue, the minute's dispatch
 * finds that admission has been resumed.
 */
export async function pauseStage(services: Services, paused: boolean): Promise<StageStatus> {
  const { table, messages, config } = services;
  const stage = await table.update(keys.stage(), { set: { v: 1, paused } });
  if (!paused && config.dispatchQueueUrl) await messages.dispatch();
  return statusOf(stage, config);
}
