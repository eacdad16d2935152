import * as z from 'zod';
import { unknownObject } from '../errors.ts';
import { timestamp } from '../ids.ts';
import { archiveFileId, type Run, runFileId } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { minutesLater } from '../store/due.ts';
import { absentOrOver, alive } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';

/** Somewhat longer than the function may run; it includes the time that an order waits for the function. */
const FIRST_MINUTES = 20;
/**
 * Limits the attempts to make an archive that always fails: each order is valid for twice as long as the one before,
 * up to this.
 */
const LONGEST_MINUTES = 24 * 60;

const orderCodec = itemCodec(1, z.object({ until: z.string(), minutes: z.number().default(FIRST_MINUTES) }));

/**
 * Key of the archive of all result files of a run, in the `data` bucket. One that is made on request has a name of
 * its own, in case an earlier attempt of the last step left another archive.
 */
export function archiveObject({ workflowId, id, fileSecret, archived }: Run): string {
  const fileId = archived ? archiveFileId(fileSecret) : runFileId(fileSecret, '/');
  return objectKeys.runFile(workflowId, id, fileId);
}

/**
 * Requests an archive for a run whose last step made none. Repeatable: an order is valid for twenty minutes, after
 * which it counts as lost.
 *
 * @returns whether it is the first order, or earlier ones failed
 * @throws FlowservError 404 when the run was deleted meanwhile
 */
export async function orderArchive(
  { table, messages, now }: Services,
  run: Run,
): Promise<'first' | 'repeated'> {
  const earlier = orderCodec.readMaybe(await table.get(keys.archiveOrder(run.id)));
  const at = timestamp(now());
  if (earlier && earlier.until > at) return earlier.minutes > FIRST_MINUTES ? 'repeated' : 'first';
  const minutes = earlier ? Math.min(2 * earlier.minutes, LONGEST_MINUTES) : FIRST_MINUTES;
  const order = { until: timestamp(minutesLater(now(), minutes)), minutes };
  try {
    await table.transact([
      table.write.check(keys.run(run.id), alive),
      table.write.put(orderCodec.write(keys.archiveOrder(run.id), order), absentOrOver('until', at)),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (error.actions.includes(0)) throw unknownObject('run', run.id);
    // Another caller ordered it at the same time.
    return 'first';
  }
  await messages.archiveWanted({ workflowId: run.workflowId, runId: run.id });
  return earlier ? 'repeated' : 'first';
}
