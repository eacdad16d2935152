import * as z from 'zod';
import { tooMany, unknownObject } from '../../errors.ts';
import { epochSeconds, newId, timestamp } from '../../ids.ts';
import { type Actor, auditWrite } from '../../roles/audit.ts';
import { runStates } from '../../runs/state.ts';
import type { Services } from '../../services/services.ts';
import { itemCodec } from '../../store/codec.ts';
import { ConditionFailed, conditionally } from '../../store/conditional.ts';
import { minutesLater } from '../../store/due.ts';
import { absent, alive, type Condition } from '../../store/expressions.ts';
import { keys } from '../../store/keys.ts';
import { earlierResult, type RepeatableRequest, resultWrites } from '../../store/repeatable.ts';
import { WORK_DAYS } from '../../volumes/work-days.ts';

/** Archives of a workflow that are requested within 24 hours. */
const MAX_A_DAY = 20;
/** After this time without progress a request counts as interrupted: a file takes up to 15 minutes. */
const INTERRUPTED_MINUTES = 20;
/** Attempts to continue a request that makes no progress. */
const MAX_ATTEMPTS = 5;

const filterSchema = z.object({
  state: z.enum(runStates).optional(),
  group: z.string().optional(),
  /** Number of the version, and its id. */
  version: z.object({ number: z.number(), id: z.string() }).optional(),
  since: z.string().optional(),
});

const requestSchema = z.object({
  workflowId: z.string(),
  id: z.string(),
  createdAt: z.string(),
  /** Who requested it. */
  user: z.object({ id: z.string(), name: z.string() }),
  filter: filterSchema,
  /** Whether it contains the outputs of the runs as well. */
  outputs: z.boolean(),
  state: z.enum(['running', 'done', 'failed']),
  /** The last run that is in one of the files; empty at the beginning. */
  position: z.string(),
  runs: z.number(),
  /** Runs whose outputs are too large. */
  leftOut: z.number(),
  files: z.array(z.object({ id: z.string(), size: z.number(), runs: z.number() })),
  /** When the last file was added, or the work was requested. */
  progressAt: z.string(),
  /** Attempts to continue since then. */
  attempts: z.number(),
  expiresAt: z.string(),
  /** Counts the changes. */
  revision: z.number(),
  ttl: z.number(),
});
/** A request for an archive of the submissions of a workflow. */
export type SubmissionsRequest = z.infer<typeof requestSchema>;

const codec = itemCodec(1, requestSchema);

/** The condition that a request is as it was read. */
const unchanged = ({ revision }: SubmissionsRequest): Condition => ({
  expression: '#revision = :revision',
  values: { revision },
});

/**
 * Requests an archive of the submissions of a workflow, which is made in the background.
 *
 * @throws FlowservError 404 if the workflow was deleted meanwhile, 429 after too many within 24 hours
 */
export async function requestSubmissions(
  services: Services,
  actor: Exclude<Actor, 'operator'>,
  workflowId: string,
  { filter, outputs }: Pick<SubmissionsRequest, 'filter' | 'outputs'>,
  repeatable?: RepeatableRequest,
): Promise<SubmissionsRequest> {
  const { table, messages, now } = services;
  const earlier = await earlierResult(services, repeatable);
  if (earlier !== undefined) return findSubmissions(services, workflowId, earlier);
  await checkNumber(services, workflowId);
  const at = now();
  const expires = minutesLater(at, WORK_DAYS * 24 * 60);
  const request: SubmissionsRequest = {
    ...{ workflowId, id: newId(), createdAt: timestamp(at), user: { id: actor.id, name: actor.name } },
    ...{ filter, outputs, state: 'running', position: '', runs: 0, leftOut: 0, files: [] },
    ...{ progressAt: timestamp(at), attempts: 0, revision: 0 },
    expiresAt: timestamp(expires),
    ttl: epochSeconds(expires),
  };
  const key = keys.submissionsRequest(workflowId, request.id);
  const object = { type: 'workflow', id: workflowId } as const;
  try {
    await table.transact([
      table.write.check(keys.workflow(workflowId), alive),
      table.write.put(codec.write(key, request), absent),
      auditWrite(services, workflowId, { actor, action: 'submissions.archive', object }),
      ...resultWrites(services, repeatable, request.id),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (error.actions.includes(0)) throw unknownObject('workflow', workflowId);
    const other = await earlierResult(services, repeatable);
    if (other === undefined) throw error;
    return findSubmissions(services, workflowId, other);
  }
  await messages.archiveWanted({ workflowId, submissions: request.id });
  return request;
}

async function checkNumber(services: Services, workflowId: string): Promise<void> {
  const dayAgo = timestamp(minutesLater(services.now(), -24 * 60));
  const recent = (await listSubmissions(services, workflowId)).filter(({ createdAt }) => createdAt > dayAgo);
  const oldest = recent[MAX_A_DAY - 1];
  if (!oldest) return;
  const seconds = Math.ceil((Date.parse(oldest.createdAt) - Date.parse(dayAgo)) / 1000);
  throw tooMany('archive.limit', `at most ${MAX_A_DAY} archives of submissions in 24 hours`, seconds);
}

/** Returns a request; undefined if there is none, or the archive expired. */
export async function readSubmissions(
  { table, now }: Services,
  workflowId: string,
  id: string,
): Promise<SubmissionsRequest | undefined> {
  const request = codec.readMaybe(await table.get(keys.submissionsRequest(workflowId, id)));
  return request && request.expiresAt > timestamp(now()) ? request : undefined;
}

/** @throws FlowservError 404 also after the archive expired */
export async function findSubmissions(
  services: Services,
  workflowId: string,
  id: string,
): Promise<SubmissionsRequest> {
  const request = await readSubmissions(services, workflowId, id);
  if (!request) throw unknownObject('archive', id);
  return request;
}

/** Lists the archives of a workflow that did not expire, the newest first: at most 140. */
export async function listSubmissions(services: Services, workflowId: string): Promise<SubmissionsRequest[]> {
  const items = await services.table.list(keys.submissionsRequests(workflowId));
  const at = timestamp(services.now());
  return items
    .map(codec.read)
    .filter(({ expiresAt }) => expiresAt > at)
    .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

/** Changes a request. @returns it as it is now; undefined if another worker changed it meanwhile */
export async function changeSubmissions(
  { table }: Services,
  request: SubmissionsRequest,
  set: Partial<SubmissionsRequest>,
): Promise<SubmissionsRequest | undefined> {
  const changed = { ...request, ...set, revision: request.revision + 1 };
  const key = keys.submissionsRequest(request.workflowId, request.id);
  const change = { set: { ...set, revision: changed.revision } };
  return (await conditionally(table.update(key, change, unchanged(request)))) ? changed : undefined;
}

/**
 * Continues a request that makes no progress, since a message was lost or each attempt failed: clients ask for an
 * archive until it is done.
 */
export async function continueSubmissions(
  services: Services,
  request: SubmissionsRequest,
): Promise<SubmissionsRequest> {
  const { now, messages } = services;
  const { workflowId, id, state, progressAt, attempts } = request;
  const interrupted = timestamp(minutesLater(now(), -INTERRUPTED_MINUTES));
  if (state !== 'running' || progressAt > interrupted) return request;
  const isLast = attempts >= MAX_ATTEMPTS;
  const set = isLast
    ? { state: 'failed' as const }
    : { progressAt: timestamp(now()), attempts: attempts + 1 };
  const changed = await changeSubmissions(services, request, set);
  if (changed && !isLast) await messages.archiveWanted({ workflowId, submissions: id });
  return changed ?? request;
}
