import * as z from 'zod';
import { unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import { rescoreScopes } from './scopes.ts';

const requestSchema = z.object({
  workflowId: z.string(),
  number: z.number(),
  createdAt: z.string(),
  /** Who requested it. */
  user: z.object({ id: z.string(), name: z.string() }),
  scope: z.enum(rescoreScopes),
  /** Where the list of runs continues, empty at its beginning; absent once it is complete. */
  listing: z.string().optional(),
  /** Runs of the list so far, and those of them that are done or failed. */
  total: z.number(),
  done: z.number(),
  failed: z.number(),
  /** The last run of the list, in the order of ids, that was started or could not be; empty before the first one. */
  position: z.string(),
  /** The runs that are being scored again, and the runs that do so. */
  active: z.array(z.object({ runId: z.string(), by: z.string() })),
  canceled: z.boolean().optional(),
  finishedAt: z.string().optional(),
  /** Counts the changes: each is made on the condition that no other one came in between. */
  revision: z.number(),
});

/** A request to score runs of a workflow again. */
export type RescoreRequest = z.infer<typeof requestSchema>;
export const rescoreCodec = itemCodec(1, requestSchema);

const rescoredRunSchema = z.object({
  runId: z.string(),
  groupId: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  /** The run that scores it again. */
  by: z.string().optional(),
  /** Why it failed. */
  reason: z.string().optional(),
});
/** A run in the list of a request. */
export type RescoredRun = z.infer<typeof rescoredRunSchema>;
export const rescoredRunCodec = itemCodec(1, rescoredRunSchema);

/** The condition that a request is as it was read. */
export const unchanged = ({ revision }: RescoreRequest): Condition => ({
  expression: '#revision = :revision',
  values: { revision },
});

/** @throws FlowservError 404 */
export async function findRescore(
  services: Services,
  workflowId: string,
  number: number,
): Promise<RescoreRequest> {
  const request = await readRescore(services, workflowId, number);
  if (!request) throw unknownObject('rescore', String(number));
  return request;
}

export const readRescore = async (
  { table }: Services,
  workflowId: string,
  number: number,
): Promise<RescoreRequest | undefined> =>
  rescoreCodec.readMaybe(await table.get(keys.rescore(workflowId, number)));

/** Lists the requests of a workflow, the newest first. */
export const listRescores = (
  { table }: Services,
  workflowId: string,
  page?: PageRequest,
): Promise<Page<RescoreRequest>> =>
  readPage(table, keys.rescores(workflowId), rescoreCodec.read, page, { descending: true });

/** Lists the runs of a request. */
export const listRescoredRuns = (
  { table }: Services,
  { workflowId, number }: RescoreRequest,
  page?: PageRequest,
): Promise<Page<RescoredRun>> =>
  readPage(table, keys.rescoredRuns(workflowId, number), rescoredRunCodec.read, page);
