import * as z from 'zod';
import { groupEntryCodec } from '../groups/group.ts';
import { type Result, resultValuesSchema } from '../runs/result.ts';
import type { Services } from '../services/services.ts';
import { documentCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { all, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { leaderboardVersion, objectKeys } from '../volumes/keys.ts';
import { type LeaderboardState, ofVersion, readLeaderboardState } from '../workflows/leaderboard-state.ts';
import { selectionOrder, withMeanRanks } from './mean-ranks.ts';
import { rank, ranksOf } from './order.ts';
import { byPhase } from './phases.ts';
import { readRankedResults } from './results.ts';
import type { LeaderboardRules } from './rules.ts';

/** Up to this many results, a reader ranks a dirty leaderboard itself, which takes some tens of milliseconds. */
export const READER_LIMIT = 2000;
/** Up to this many entries are read by their keys, in one call (DynamoDB, BatchGetItem). */
const BATCH = 100;
/** Maximum size of a snapshot; 10,000 entries are about 4 MB. */
const SNAPSHOT_BYTES = 256 * 1024 * 1024;

/** One row of the leaderboard. */
export interface LeaderboardEntry extends Result {
  readonly groupName: string;
  /** Its rank in the order of the ranking; only in a contest with rules of the ranking. */
  readonly rank?: number | undefined;
}

/** Checking 10,000 entries takes a sixth of the time to parse them; with zod's `record` it took longer than parsing. */
const snapshotCodec = documentCodec<readonly LeaderboardEntry[]>(
  'the snapshot of a leaderboard',
  1,
  z.array(
    z.object({
      runId: z.string(),
      groupId: z.string(),
      phase: z.string().optional(),
      groupName: z.string(),
      createdAt: z.string(),
      submittedAt: z.string().optional(),
      startedAt: z.string(),
      finishedAt: z.string(),
      values: resultValuesSchema,
      chosen: z.boolean().optional(),
      rank: z.number().optional(),
    }),
  ),
);

/**
 * Which state of the results a leaderboard shows: readers of equal states see the same entries.
 *
 * @param number of the version by whose rules it is ranked
 */
export const shownState = ({ version, dirty, built, results }: LeaderboardState, number: number): number =>
  results > READER_LIMIT && built > 0 && version === number ? built : dirty;

/**
 * The leaderboard in its default order, one entry per group and phase: the phases follow each other, and each is ranked
 * by itself. Up to date when the leaderboard is clean or small enough
 * to be ranked by the reader, so that a client which read SUCCESS finds the run ranked.
 */
export async function readRanking(
  services: Services,
  workflowId: string,
  leaderboard: LeaderboardState,
  rules: LeaderboardRules,
): Promise<readonly LeaderboardEntry[]> {
  const key = (snapshot: number) => objectKeys.leaderboard(workflowId, snapshot, rules.version);
  const ranking = await readSnapshot(services, workflowId, leaderboard, rules, key);
  return ranking ?? rankResults(services, workflowId, rules, false);
}

/** The leaderboard in an order of the reader's, or with all results of each group; as up to date as the default one. */
export async function readInOrder(
  services: Services,
  workflowId: string,
  leaderboard: LeaderboardState,
  rules: LeaderboardRules,
  includeAll: boolean,
): Promise<readonly LeaderboardEntry[]> {
  const key = (snapshot: number) => objectKeys.leaderboardResults(workflowId, snapshot, rules.version);
  const results = await readSnapshot(services, workflowId, leaderboard, rules, key);
  return results
    ? rankEntries(results, rules, includeAll)
    : rankResults(services, workflowId, rules, includeAll);
}

/**
 * The entries of a snapshot that is up to date. A leaderboard beyond the limit is served from an older snapshot too,
 * since only the leaderboard function ranks that many results. Undefined when the results must be ranked now, as those
 * of an earlier leaderboard always are.
 *
 * @param keyOf the snapshot's object, by its number
 */
async function readSnapshot(
  services: Services,
  workflowId: string,
  leaderboard: LeaderboardState,
  rules: LeaderboardRules,
  keyOf: (snapshot: number) => string,
): Promise<readonly LeaderboardEntry[] | undefined> {
  if (leaderboard.results === 0) return [];
  const usable = ({ version, dirty, built, results }: LeaderboardState) =>
    version === rules.version && (dirty === built || (results > READER_LIMIT && built > 0));
  const read = async (current: LeaderboardState) =>
    usable(current) ? services.objects.read('data', keyOf(current.built), SNAPSHOT_BYTES) : undefined;
  // Newer snapshots may have replaced the one that the leaderboard named when it was read.
  const body =
    (await read(leaderboard)) ??
    (usable(leaderboard) ? await read(await readLeaderboardState(services, workflowId)) : undefined);
  return body && snapshotCodec.read(body.toString('utf8'));
}

/** The default order as it was published last; undefined if there is none, or a newer one replaced it meanwhile. */
export async function readPublished(
  { objects }: Services,
  workflowId: string,
  { built, version }: LeaderboardState,
): Promise<readonly LeaderboardEntry[] | undefined> {
  if (built === 0) return undefined;
  const body = await objects.read('data', objectKeys.leaderboard(workflowId, built, version), SNAPSHOT_BYTES);
  return body && snapshotCodec.read(body.toString('utf8'));
}

/** Ranks the current results of one leaderboard in any order. */
export async function rankResults(
  services: Services,
  workflowId: string,
  rules: LeaderboardRules,
  includeAll: boolean,
): Promise<LeaderboardEntry[]> {
  const results = await readRankedResults(services, workflowId, rules.rankedSince);
  const phases = byPhase(results, rules).map((ofPhase) =>
    rank(ofPhase, selectionOrder(rules), includeAll, rules.ranking?.entry),
  );
  const names = await groupNames(services, workflowId, new Set(phases.flat().map(({ groupId }) => groupId)));
  return phases.flatMap((ranked) => {
    const named = ranked.flatMap((result) => {
      const groupName = names.get(result.groupId);
      return groupName === undefined ? [] : [{ ...result, groupName }];
    });
    return arrange(named, rules);
  });
}

/** Ranks entries in another order, or fewer of them. */
export const rankEntries = (
  entries: readonly LeaderboardEntry[],
  rules: LeaderboardRules,
  includeAll: boolean,
): LeaderboardEntry[] =>
  byPhase(entries, rules).flatMap((ofPhase) =>
    arrange(rank(ofPhase, selectionOrder(rules), includeAll, rules.ranking?.entry), rules),
  );

/** Entries that are selected and sorted, except for their mean ranks, which depend on each other. */
const arrange = (entries: LeaderboardEntry[], rules: LeaderboardRules): LeaderboardEntry[] =>
  withRanks(
    rules.meanRanks ? rank(withMeanRanks(entries, rules.meanRanks), rules.order, true) : entries,
    rules,
  );

/** The entries of a ranking with their ranks in it, if the contest has rules of the ranking. */
function withRanks(ranking: LeaderboardEntry[], { order, ranking: rules }: LeaderboardRules) {
  if (!rules) return ranking;
  const ranks = ranksOf(ranking, order, rules.ties === 'shared');
  return ranking.map((entry, position) => ({ ...entry, rank: ranks[position] }));
}

/**
 * Takes names from the workflow's list of groups: a group item itself may have 40 members and 32 kB of configuration.
 */
export async function groupNames(
  { table }: Services,
  workflowId: string,
  groupIds: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const items =
    groupIds.size <= BATCH
      ? await table.getMany([...groupIds].map((id) => keys.workflowGroup(workflowId, id)))
      : await table.list(keys.workflowGroups(workflowId));
  const entries = items.map(groupEntryCodec.read).filter(({ deleting }) => !deleting);
  return new Map(entries.map(({ id, name }) => [id, name]));
}

/**
 * Ranks all results and writes the snapshots that are served to readers: one result of each group, and all of them.
 *
 * @returns the ranking that was built
 */
export async function buildSnapshot(
  services: Services,
  workflowId: string,
  leaderboard: LeaderboardState,
  rules: LeaderboardRules,
): Promise<LeaderboardEntry[]> {
  const { objects, now } = services;
  const start = now().getTime();
  const results = await rankResults(services, workflowId, rules, true);
  const ranking = rankEntries(results, rules, false);
  const write = (key: string, entries: readonly LeaderboardEntry[]) =>
    objects.write('data', key, Buffer.from(snapshotCodec.write(entries), 'utf8'), 'application/json');
  const { version } = rules;
  const { dirty: snapshot } = leaderboard;
  await write(objectKeys.leaderboardResults(workflowId, snapshot, version), results);
  await write(objectKeys.leaderboard(workflowId, snapshot, version), ranking);
  await publish(services, workflowId, { snapshot, version }, now().getTime() - start);
  return ranking;
}

/** Attempts to publish while the leaderboard changes between reading and writing it; more mean that it is gone. */
const PUBLISH_ROUNDS = 5;

/**
 * Publishes a snapshot unless a newer one is published, so that a slow builder never replaces the work of another.
 * The previous snapshot stays for readers that already found it; the one before that is removed. A snapshot by the rules
 * of a version that was replaced meanwhile is not published.
 */
async function publish(
  services: Services,
  workflowId: string,
  { snapshot, version }: Snapshot,
  buildMs: number,
): Promise<void> {
  const { table, now } = services;
  for (let round = 0; round < PUBLISH_ROUNDS; round += 1) {
    const {
      built,
      previous = 0,
      replaced = [],
      ...current
    } = await readLeaderboardState(services, workflowId);
    if (current.version !== version) break;
    if (built === snapshot) return;
    if (built > snapshot) break;
    const outdated = previous > 0 ? [...replaced, { snapshot: previous, version }] : replaced;
    for (const old of outdated) await removeSnapshot(services, workflowId, old);
    const same: Condition = { expression: '#built = :built', values: { built } };
    const set = { built: snapshot, previous: built, builtAt: now().toISOString(), buildMs };
    const unchanged = all(same, ofVersion(version));
    const change = { set, remove: ['replaced'] };
    if (await conditionally(table.update(keys.leaderboard(workflowId), change, unchanged))) return;
  }
  await removeSnapshot(services, workflowId, { snapshot, version });
}

/** A snapshot by its number, and the version of the workflow by whose rules it was made. */
interface Snapshot {
  readonly snapshot: number;
  readonly version: number;
}

async function removeSnapshot(
  { objects }: Services,
  workflowId: string,
  { snapshot, version }: Snapshot,
): Promise<void> {
  await objects.remove('data', objectKeys.leaderboard(workflowId, snapshot, version));
  await objects.remove('data', objectKeys.leaderboardResults(workflowId, snapshot, version));
}

/**
 * Removes old snapshots that were written but, because of an interruption, never published. Newer ones are kept, as
 * they may be about to be published.
 */
export async function removeLostSnapshots(services: Services, workflowId: string): Promise<void> {
  const { built, previous = 0 } = await readLeaderboardState(services, workflowId);
  await services.objects.removeAll('data', objectKeys.leaderboards(workflowId), (key) => {
    const version = leaderboardVersion(key);
    return version >= built || version === previous;
  });
}
