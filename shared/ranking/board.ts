import * as z from 'zod';
import { groupCodec } from '../groups/group.ts';
import type { Services } from '../services.ts';
import { itemCodec } from '../store/codec.ts';
import { dueAttributes, dueNames, minutesLater } from '../store/due.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { conditionally, type Write } from '../store/table.ts';
import { boardVersion, objectKeys } from '../volumes/keys.ts';
import { type OrderColumn, rank } from './order.ts';
import { type Result, readResultItem } from './result.ts';

/** A dirty board of up to this many results is ranked by the reader itself, some tens of milliseconds. */
const READER_LIMIT = 2000;
/** A snapshot of 10,000 entries is about 4 MB. */
const SNAPSHOT_BYTES = 256 * 1024 * 1024;

const boardSchema = z.object({
  /** Counts the changes that matter to the ranking. */
  dirty: z.number(),
  /** Value of `dirty` that the snapshot was built from; they are equal when it is up to date. */
  built: z.number(),
  /** The snapshot before, which readers may still be about to read. */
  previous: z.number().optional(),
  builtAt: z.string().optional(),
  /** Milliseconds that the last build took. */
  buildMs: z.number().optional(),
  /** Number of result items. */
  results: z.number(),
  /** Counts the changes that may call for post-processing, and how far they have been looked at. */
  trigger: z.number(),
  processed: z.number(),
  /** Digest of the set of runs that was post-processed last. */
  postprocSet: z.string().optional(),
  /** The post-processing run that users see. */
  postprocRunId: z.string().optional(),
  /** The post-processing run that has not been settled; at most one at a time. */
  postprocActive: z.string().optional(),
  /** When the board worker will look again, where it was too early for another snapshot. */
  wakeAt: z.string().optional(),
  /** Set while something is left to do. */
  dueAt: z.string().optional(),
});

/** The state of a workflow's leaderboard. */
export type Board = z.infer<typeof boardSchema>;
export const boardCodec = itemCodec(1, boardSchema);

export const emptyBoard: Board = { dirty: 0, built: 0, results: 0, trigger: 0, processed: 0 };

/** One place on the leaderboard. */
export interface BoardEntry extends Result {
  readonly groupName: string;
}

/** A board that is not up to date by then is brought to the board worker's notice again by the sweep. */
const CHECK_MINUTES = 2;

/** Puts a board on the due index. */
export const boardDue = ({ now }: Pick<Services, 'now'>, workflowId: string) =>
  dueAttributes(workflowId, minutesLater(now(), CHECK_MINUTES));

/** The write that says: the ranking has changed. Part of the transaction that changes it. */
export function markDirty(
  services: Pick<Services, 'table' | 'now'>,
  workflowId: string,
  change: { readonly results: number; readonly trigger: number },
): Write {
  const set = boardDue(services, workflowId);
  return services.table.write.update(keys.board(workflowId), { set, add: { dirty: 1, ...change } });
}

/** Takes a board off the due index when nothing is left to do for it. */
export async function restBoard({ table }: Services, workflowId: string): Promise<void> {
  const upToDate: Condition = { expression: '#dirty = #built AND #trigger = #processed' };
  await conditionally(table.update(keys.board(workflowId), { remove: dueNames }, upToDate));
}

export async function readBoard({ table }: Services, workflowId: string): Promise<Board> {
  return boardCodec.readMaybe(await table.get(keys.board(workflowId))) ?? emptyBoard;
}

/**
 * The leaderboard in its default order, one entry per group. Up to date when the board is clean, or small
 * enough to be ranked on the spot, so that a client which has seen SUCCESS sees its rank.
 */
export async function readRanking(
  services: Services,
  workflowId: string,
  board: Board,
  defaultOrder: readonly OrderColumn[],
): Promise<BoardEntry[]> {
  if (board.results === 0) return [];
  const clean = board.dirty === board.built;
  if (clean || (board.results > READER_LIMIT && board.built > 0)) {
    const key = objectKeys.board(workflowId, board.built);
    const body = await services.objects.read('data', key, SNAPSHOT_BYTES);
    if (body) return JSON.parse(body.toString('utf8')) as BoardEntry[];
  }
  return rankResults(services, workflowId, defaultOrder, false);
}

/** Ranks the results as they are now in any order. */
export async function rankResults(
  services: Services,
  workflowId: string,
  order: readonly OrderColumn[],
  includeAll: boolean,
): Promise<BoardEntry[]> {
  const results = (await services.table.list(keys.results(workflowId))).map(readResultItem);
  const ranked = rank(results, order, includeAll);
  const names = await groupNames(services, new Set(ranked.map(({ groupId }) => groupId)));
  return ranked.flatMap((result) => {
    const groupName = names.get(result.groupId);
    return groupName === undefined ? [] : [{ ...result, groupName }];
  });
}

async function groupNames({ table }: Services, groupIds: ReadonlySet<string>): Promise<Map<string, string>> {
  const groups = (await table.getMany([...groupIds].map((id) => keys.group(id)))).map(groupCodec.read);
  return new Map(groups.filter(({ deleting }) => !deleting).map(({ id, name }) => [id, name]));
}

/**
 * Ranks all results and writes the snapshot that readers get.
 *
 * @returns the ranking that was built
 */
export async function buildSnapshot(
  services: Services,
  workflowId: string,
  board: Board,
  defaultOrder: readonly OrderColumn[],
): Promise<BoardEntry[]> {
  const { objects, now } = services;
  const start = now().getTime();
  const ranking = await rankResults(services, workflowId, defaultOrder, false);
  const body = Buffer.from(JSON.stringify(ranking), 'utf8');
  await objects.write('data', objectKeys.board(workflowId, board.dirty), body, 'application/json');
  await publish(services, workflowId, board.dirty, now().getTime() - start);
  return ranking;
}

/** Changes of the board between reading and writing it; more rounds mean that it is gone. */
const PUBLISH_ROUNDS = 5;

/**
 * Makes a snapshot the one that readers get, unless a newer one is, so that a slow builder never replaces the
 * work of another. The snapshot before it stays for readers on their way, the one before that goes.
 */
async function publish(
  services: Services,
  workflowId: string,
  version: number,
  buildMs: number,
): Promise<void> {
  const { table, objects, now } = services;
  for (let round = 0; round < PUBLISH_ROUNDS; round += 1) {
    const { built, previous = 0 } = await readBoard(services, workflowId);
    if (built === version) return;
    if (built > version) break;
    if (previous > 0) await objects.remove('data', objectKeys.board(workflowId, previous));
    const unchanged: Condition = { expression: '#built = :built', values: { built } };
    const set = { built: version, previous: built, builtAt: now().toISOString(), buildMs };
    if (await conditionally(table.update(keys.board(workflowId), { set }, unchanged))) return;
  }
  await objects.remove('data', objectKeys.board(workflowId, version));
}

/**
 * Removes snapshots that an interruption has left between their writing and their publication, and that newer ones have
 * overtaken. Any that is newer may be about to be published.
 */
export async function removeLostSnapshots(services: Services, workflowId: string): Promise<void> {
  const { built, previous = 0 } = await readBoard(services, workflowId);
  await services.objects.removeAll('data', objectKeys.boards(workflowId), (key) => {
    const version = boardVersion(key);
    return version >= built || version === previous;
  });
}
