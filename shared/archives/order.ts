import * as z from 'zod';
import { archiveFileId, type Run } from '../runs/run.ts';
import type { Services } from '../services.ts';
import { itemCodec } from '../store/codec.ts';
import { minutesLater } from '../store/due.ts';
import { alive, type Condition } from '../store/expressions.ts';
import { timestamp } from '../store/ids.ts';
import { keys } from '../store/keys.ts';
import { ConditionFailed } from '../store/table.ts';
import { objectKeys } from '../volumes/keys.ts';

/** Longer than a function may run, so that an archive is ordered again only when nobody makes it any more. */
const ORDER_MINUTES = 20;

/** What the maker of archives is told. */
export const archiveOrder = z.object({
  runId: z.string(),
  /** Key of the archive in the `data` bucket, for the time when the run is gone. */
  object: z.string(),
});
export type ArchiveOrder = z.infer<typeof archiveOrder>;

const orderCodec = itemCodec(1, z.object({ until: z.string() }));

/** Key of the archive of all result files of a run, in the `data` bucket. */
export const archiveObject = ({ workflowId, id, fileSecret }: Run): string =>
  objectKeys.runFile(workflowId, id, archiveFileId(fileSecret));

/**
 * Has the archive of a run made that its last step has not made. Asking again is fine: an order counts for
 * twenty minutes, after which it is taken for lost.
 */
export async function orderArchive({ table, messages, now }: Services, run: Run): Promise<void> {
  const until = timestamp(minutesLater(now(), ORDER_MINUTES));
  const over: Condition = {
    expression: 'attribute_not_exists(#pk) OR #until <= :now',
    values: { now: timestamp(now()) },
  };
  try {
    await table.transact([
      table.write.check(keys.run(run.id), alive),
      table.write.put(orderCodec.write(keys.archiveOrder(run.id), { until }), over),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) return;
    throw error;
  }
  await messages.makeArchive({ runId: run.id, object: archiveObject(run) });
}
