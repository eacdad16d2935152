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
 * Limits the attempts to create an archive that always fails: each request is valid for twice as long as the one
 * before, up to this.
 */
const LONGEST_MINUTES = 24 * 60;

const orderCodec = itemCodec(1, z.object({ until: z.string(), minutes: z.number().default(FIRST_MINUTES) }));

/**
 * Returns the key, in the `data` bucket, of the archive of all outputs of a run. An archive that is created on request
 * has a different key from that of the last step, because an earlier attempt of that step may have left an archive.
 */
export function archiveObject({ workflowId, id, fileSecret, archived }: Run): string {
  const fileId = archived ? archiveFileId(fileSecret) : runFileId(fileSecret, '/');
  return objectKeys.runFile(workflowId, id, fileId);
}

/**
 * Requests an archive for a run whose last step made none. Repeatable: a request is valid for twenty minutes; then it
 * counts as lost.
 *
 * @returns `first`, or `repeated` if earlier requests failed
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
    // Another caller requested it at the same time.
    return 'first';
  }
  await messages.archiveWanted({ workflowId: run.workflowId, runId: run.id });
  return earlier ? 'repeated' : 'first';
}
