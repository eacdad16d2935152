import type { Group } from '../groups/group.ts';
import { groupInPhase, type Ranks, readRanks } from '../ranking/ranks.ts';
import { type Reason, reasonOf } from '../runs/reason.ts';
import { resultValuesSchema } from '../runs/result.ts';
import { type Run, type RunEntry, runCodec } from '../runs/run.ts';
import { isActive } from '../runs/state.ts';
import { readWaiting, type Waiting } from '../runs/waiting.ts';
import { reasonNotRanked } from '../runs/warnings.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { phaseIdOf } from '../template/phases.ts';
import { resultJson } from '../template/result-json.ts';
import { NOTHING_VISIBLE, type Visible } from '../template/visibility.ts';
import type { LeaderboardState } from '../workflows/leaderboard-state.ts';
import { type Moderation, readModerations } from '../workflows/moderation.ts';
import { readVersion, type WorkflowVersion } from '../workflows/version.ts';
import { moderationView, type Reader, reasonOfModeration } from './moderation-views.ts';
import { runEntryView } from './views.ts';
import { hiddenView, type ShownEntries, shownRun } from './visible.ts';

/** Active runs of a page whose reasons are read, the newest ones: one request to the table takes 100 keys. */
const MAX_ACTIVE = 100;

/** What runs wait for, and how they rank. Both are absent if no run of the request needs them. */
export interface Standing {
  readonly waiting?: Waiting | undefined;
  readonly ranks?: Ranks | undefined;
  readonly reader?: Reader;
}

/**
 * Reads what the handle of a run shows of its place in line and of its rank.
 *
 * @param leaderboard the state of its leaderboard, if the caller read it
 */
export async function readStanding(
  services: Services,
  run: Run,
  leaderboard?: LeaderboardState,
): Promise<Standing> {
  const [waiting, ranks] = await Promise.all([
    readWaiting(services, [run]),
    run.values === undefined ? undefined : readRanks(services, run.workflowId, leaderboard),
  ]);
  return { waiting, ranks };
}

/** What the handle of a run shows of its standing, as parts of its ETag. */
export const standingParts = (run: Run, { waiting, ranks }: Standing): readonly unknown[] => [
  reasonOf(run, waiting),
  // Whether another run of the group is shown instead may change with each snapshot.
  ranks && [ranks.rankedSince, ranks.ofRuns.get(run.id) ?? ranks.name],
];

/** The fields of a handle that say why a run has not ended, and how it is ranked. */
export function standingView(
  run: Run,
  group: Moderation | undefined,
  version: WorkflowVersion,
  { waiting, ranks, reader = PARTICIPANT }: Standing,
) {
  const { groupId, phase, inputs, warnings = [] } = run;
  const notRanked = reasonNotRanked(warnings);
  const excluded = reasonOfModeration(run, group ?? {}, reader);
  return {
    version: run.version,
    versionNumber: version.number,
    ...(phase === undefined ? {} : { phase }),
    ...reasonOf(run, waiting),
    ...(inputs === undefined ? {} : { inputs }),
    ...linksView(run),
    ...rankingView({ ...run, notRanked, excluded }, groupId, version, ranks),
    ...moderationView(run, reader),
  };
}

const PARTICIPANT: Reader = { isOrganiser: false };

/** The standing of the runs of a list, and its active runs themselves. */
export interface ListStanding extends Standing {
  readonly active: readonly Run[];
}

/** Reads the standing of the entries of a list: the items of active runs, what they wait for, and the ranks. */
export async function readListStanding(
  services: Services,
  group: { readonly id: string; readonly workflowId: string },
  entries: readonly RunEntry[],
): Promise<ListStanding> {
  const [active, ranks] = await Promise.all([
    readActive(services, entries),
    entries.some(({ values }) => values !== undefined) ? readRanks(services, group.workflowId) : undefined,
  ]);
  return { active, waiting: await readWaiting(services, active), ranks };
}

/** The entries of a list of runs of one group, as its members read them. */
export async function runEntryViews(
  services: Services,
  group: Group,
  { entries, visible }: ShownEntries,
  { active, waiting, ranks, reader = PARTICIPANT }: ListStanding,
) {
  const [moderations, versions] = await Promise.all([
    group.hasModeration ? readModerations(services, group.workflowId, group.id) : undefined,
    versionsOf(services, group.workflowId, entries),
  ]);
  const visibleOf = new Map(entries.map(({ id }, position) => [id, visible[position]]));
  const shown = active.map((run) => shownRun(run, visibleOf.get(run.id) ?? NOTHING_VISIBLE));
  const reasons = new Map(shown.map((run) => [run.id, reasonOf(run, waiting)]));
  return entries.map((entry, position) =>
    listedView(entry, group.id, {
      visible: visible[position] ?? NOTHING_VISIBLE,
      version: versions.get(entry.version),
      reason: reasons.get(entry.id),
      ranks,
      decided: moderations?.runs.get(entry.id) ?? {},
      ofGroup: group,
      reader,
    }),
  );
}

/** What a list shows of a run besides its entry. */
interface Listed {
  /** What of the run the reader may see. */
  readonly visible: Visible;
  readonly version: WorkflowVersion | undefined;
  readonly reason: Reason | undefined;
  readonly ranks: Ranks | undefined;
  /** The decisions about the run, and about its group. */
  readonly decided: Moderation;
  readonly ofGroup: Moderation;
  readonly reader: Reader;
}

/** A run in a list, with its standing. */
export function listedView(
  entry: RunEntry,
  groupId: string,
  { visible, version, reason, ranks, decided, ofGroup, reader }: Listed,
) {
  const { phase, inputs } = entry;
  const excluded = reasonOfModeration(decided, ofGroup, reader);
  return {
    ...runEntryView(entry),
    ...(version === undefined ? {} : { version: version.id, versionNumber: version.number }),
    ...(phase === undefined ? {} : { phase }),
    ...reason,
    ...(inputs === undefined ? {} : { inputs }),
    ...linksView(entry),
    ...rankingView({ ...entry, excluded }, groupId, version, ranks),
    ...moderationView(decided, reader),
    ...hiddenView(visible),
  };
}

async function readActive(services: Services, entries: readonly RunEntry[]): Promise<readonly Run[]> {
  const active = entries.filter(({ state }) => isActive(state)).slice(-MAX_ACTIVE);
  if (active.length === 0) return [];
  const items = await services.table.getMany(active.map(({ id }) => keys.run(id)));
  return inOrderOf(active, items.map(runCodec.read));
}

/** Runs in the order of a list of their ids: the table returns items in any order. */
function inOrderOf(ids: readonly { readonly id: string }[], runs: readonly Run[]): readonly Run[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  return ids.flatMap(({ id }) => byId.get(id) ?? []);
}

/** The versions of runs; they are in memory after the first request. Runs of earlier releases do not name theirs. */
export async function versionsOf(
  services: Services,
  workflowId: string,
  entries: readonly RunEntry[],
): Promise<ReadonlyMap<string | undefined, WorkflowVersion>> {
  const ids = new Set(entries.flatMap(({ version }) => version ?? []));
  return new Map(
    await Promise.all([...ids].map(async (id) => [id, await readVersion(services, workflowId, id)] as const)),
  );
}

/** The runs that a run scored again, and by which it was. */
const linksView = ({ rescoredFrom, replacedBy }: Pick<RunEntry, 'rescoredFrom' | 'replacedBy'>) => ({
  ...(rescoredFrom === undefined ? {} : { rescoredFrom }),
  ...(replacedBy === undefined ? {} : { replacedBy }),
});

/** The values of a run in the order of the columns, its rank, and why it has none. */
function rankingView(
  entry: Pick<
    RunEntry,
    'id' | 'phase' | 'values' | 'notRanked' | 'rescoredFrom' | 'replaces' | 'replacedBy'
  > & { readonly excluded: string | undefined },
  groupId: string | undefined,
  version: WorkflowVersion | undefined,
  ranks: Ranks | undefined,
) {
  const { id, phase, values, excluded } = entry;
  const schema = version?.template.results;
  const notRanked = excluded ?? entry.notRanked;
  if (values === undefined || !version || !schema) return notRanked === undefined ? {} : { notRanked };
  const stored = resultValuesSchema.parse(JSON.parse(values));
  const results = schema.columns.map((column) => ({ name: column.name, value: resultJson(column, stored) }));
  const { rescoredFrom, replaces, replacedBy } = entry;
  const isOnSame = ranks?.rankedSince === version.rankedSince;
  if (replacedBy !== undefined && isOnSame) return { results, notRanked: `replaced by run ${replacedBy}` };
  if (rescoredFrom !== undefined && replaces === undefined) return { results, notRanked: WITHOUT_EFFECT };
  if (excluded !== undefined) return { results, notRanked: excluded };
  if (ranks && ranks.rankedSince !== version.rankedSince)
    return { results, notRanked: earlierLeaderboard(version.number) };
  const rank = ranks?.ofRuns.get(id);
  const isOther =
    rank === undefined &&
    groupId !== undefined &&
    ranks?.ofGroups.has(groupInPhase(groupId, phaseIdOf(phase, version.contest?.phases))) === true;
  return {
    results,
    ...(rank === undefined ? {} : { rank }),
    ...(isOther ? { notRanked: OTHER_RUN } : {}),
  };
}

/** Scored again, but not in the place of the original: not yet, or because that was deleted or replaced. */
const WITHOUT_EFFECT = 'it has not taken the place of the run that it scores again';

/** The default leaderboard has one run of each group: the best one, unless the contest says otherwise. */
const OTHER_RUN = 'the leaderboard shows another run of the group';

/** A leaderboard that a version with another result schema replaced. */
const earlierLeaderboard = (version: number) =>
  `the result schema changed since: the run is on the leaderboard of version ${version}`;
