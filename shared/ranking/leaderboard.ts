import * as z from 'zod';
import { groupCodec } from '../groups/group.ts';
import { type Result, readResultItem, resultValuesSchema } from '../runs/result.ts';
import type { Services } from '../services/services.ts';
import { documentCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { boardVersion, objectKeys } from '../volumes/keys.ts';
import { type Board, readBoard } from '../workflows/board.ts';
import { type OrderColumn, rank } from './order.ts';

/** A dirty board of up to this many results is ranked by the reader itself, some tens of milliseconds. */
const READER_LIMIT = 2000;
/** A snapshot of 10,000 entries is about 4 MB. */
const SNAPSHOT_BYTES = 256 * 1024 * 1024;

/** One place on the leaderboard. */
export interface BoardEntry extends Result {
  readonly groupName: string;
}

/** To check 10,000 entries takes a sixth of the time to parse them; with records of zod it took more than all of it. */
const snapshotCodec = documentCodec<readonly BoardEntry[]>(
  'the snapshot of a leaderboard',
  1,
  z.array(
    z.object({
      runId: z.string(),
      groupId: z.string(),
      groupName: z.string(),
      createdAt: z.string(),
      startedAt: z.string(),
      finishedAt: z.string(),
      values: resultValuesSchema,
    }),
  ),
);

/**
 * The leaderboard in its default order, one entry per group. Up to date when the board is clean, or small
 * enough to be ranked on the spot, so that a client which has seen SUCCESS sees its rank.
 */
export async function readRanking(
  services: Services,
  workflowId: string,
  board: Board,
  defaultOrder: readonly OrderColumn[],
): Promise<readonly BoardEntry[]> {
  if (board.results === 0) return [];
  const clean = board.dirty === board.built;
  if (clean || (board.results > READER_LIMIT && board.built > 0)) {
    const key = objectKeys.board(workflowId, board.built);
    const body = await services.objects.read('data', key, SNAPSHOT_BYTES);
    if (body) return snapshotCodec.read(body.toString('utf8'));
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
  const body = Buffer.from(snapshotCodec.write(ranking), 'utf8');
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
