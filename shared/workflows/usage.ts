import * as z from 'zod';
import { itemCodec } from '../store/codec.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import type { Table } from '../store/table.ts';

/** What ended runs of a month used: of a workflow, or of one of its groups. */
const usageSchema = z.object({
  /** The month in UTC in which the runs ended, such as `2026-12`. */
  month: z.string(),
  /** Absent in the sum of all runs, which include post-processing. */
  groupId: z.string().optional(),
  runs: z.number(),
  taskSeconds: z.number(),
  vcpuSeconds: z.number(),
  /** Micro-dollars. */
  micros: z.number(),
  /** In the sum of all runs: the highest alert of the budget that was recorded, in percent. */
  alerted: z.number().optional(),
});
export type MonthUsage = z.infer<typeof usageSchema>;
export const monthUsageCodec = itemCodec(1, usageSchema);

/** What one run used. */
export type RunUsage = Pick<MonthUsage, 'taskSeconds' | 'vcpuSeconds' | 'micros'>;

/** The month of a time in UTC. */
export const monthOf = (time: string): string => new Date(time).toISOString().slice(0, 7);

/**
 * The writes that add an ended run to the sums of its month, for the transaction that records its usage with the run:
 * so each run is added once.
 */
export function usageWrites(
  { write }: Pick<Table, 'write'>,
  { workflowId, groupId }: { readonly workflowId: string; readonly groupId?: string | undefined },
  month: string,
  { taskSeconds, vcpuSeconds, micros }: RunUsage,
): Write[] {
  const add = { runs: 1, taskSeconds, vcpuSeconds, micros };
  const ofWorkflow = write.update(keys.monthUsage(workflowId, month), { set: { v: 1, month }, add });
  if (groupId === undefined) return [ofWorkflow];
  const set = { v: 1, month, groupId };
  return [ofWorkflow, write.update(keys.groupUsage(workflowId, month, groupId), { set, add })];
}

/** The sums of a workflow by month, the latest first. */
export const listMonths = (
  { table }: { readonly table: Table },
  workflowId: string,
  page: PageRequest,
): Promise<Page<MonthUsage>> =>
  readPage(table, keys.monthUsages(workflowId), monthUsageCodec.read, page, { descending: true });

/** The sums of the groups of a workflow in a month, by the id of the group. */
export const listGroupUsages = (
  { table }: { readonly table: Table },
  workflowId: string,
  month: string,
  page: PageRequest,
): Promise<Page<MonthUsage>> =>
  readPage(table, keys.groupUsages(workflowId, month), monthUsageCodec.read, page);
