import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { exists } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { type RescoredRun, type RescoreRequest, rescoredRunCodec, unchanged } from './request.ts';

/** Characters of a reason that are stored. */
const REASON_LENGTH = 1_000;

/**
 * Records that a run was not scored again, and why. It keeps its place on the leaderboard. If the request changed
 * meanwhile, nothing happens.
 *
 * @param ended the run that tried it, if there is one
 */
export async function failRun(
  services: Services,
  request: RescoreRequest,
  entry: RescoredRun,
  reason: string,
  ended?: string,
): Promise<void> {
  const { table } = services;
  const { workflowId, number, active, position, failed } = request;
  const { runId } = entry;
  const set = {
    failed: failed + 1,
    active: active.filter((other) => other.runId !== runId),
    position: ended === undefined ? runId : position,
  };
  const stored: RescoredRun = {
    ...entry,
    state: 'failed',
    reason: reason.slice(0, REASON_LENGTH).toWellFormed(),
  };
  const release: Write[] =
    ended === undefined ? [] : [table.write.update(keys.run(ended), { remove: ['rescore'] }, exists)];
  await conditionally(
    table.transact([
      table.write.update(keys.rescore(workflowId, number), { set, add: { revision: 1 } }, unchanged(request)),
      table.write.put(rescoredRunCodec.write(keys.rescoredRun(workflowId, number, runId), stored)),
      ...release,
    ]),
  );
}
