import { existingGroup, findGroup, type Group } from '../groups/group.ts';
import { nameOfRanks } from '../ranking/ranks.ts';
import { reasonOf } from '../runs/reason.ts';
import { type Run, runCodec } from '../runs/run.ts';
import { readWaiting } from '../runs/waiting.ts';
import type { Services } from '../services/services.ts';
import { type Key, keys } from '../store/keys.ts';
import { emptyLeaderboard, type LeaderboardState, leaderboardCodec } from '../workflows/leaderboard-state.ts';
import { type Asked, tagOf, versionOf } from './etag.ts';
import { groupModerationView, type Reader } from './moderation-views.ts';
import { type JsonResult, ok, type Unchanged } from './operation-result.ts';
import { pollAfter } from './poll-after.ts';
import type { ListStanding } from './run-standing.ts';

/** Attributes of a group that its handle does not show; `runChanges` stands for all runs. */
export const UNSHOWN_IN_GROUP: readonly string[] = [
  'reservations',
  'activeRuns',
  'revision',
  // Its private reason must not be found by trying texts: a part of its own shows what the reader may know.
  'disqualified',
];
/** Those that the list of its runs does not show. */
export const UNSHOWN_IN_RUNS: readonly string[] = [
  ...UNSHOWN_IN_GROUP,
  'uploadChanges',
  'name',
  'members',
  'chosen',
  'invitations',
];
/** Those that its handle does not show to callers who may only read the handle. */
export const UNSHOWN_TO_OTHERS: readonly string[] = [
  ...UNSHOWN_IN_GROUP,
  'uploadChanges',
  'chosen',
  'invitations',
];

/** Marks in an ETag whether ranks are shown, in the place after the workflow. */
const [RANKED, UNRANKED] = ['RANKED', 'UNRANKED'];

/** A group, and what the ETag of a list of its runs depends on if the client sent one. */
export interface ListedGroup {
  readonly group: Group;
  /** The active runs that the client's ETag names, and the state of the leaderboard if that list has ranks. */
  readonly claimed?: { readonly active: readonly Run[]; readonly leaderboard: LeaderboardState | undefined };
}

/**
 * Reads a group for a list of its runs: in one request, if the client's ETag names what belongs to it.
 *
 * @throws FlowservError 404
 */
export async function findListedGroup(
  services: Services,
  groupId: string,
  { hints: [workflowId, ranked, ...runIds] }: Asked,
): Promise<ListedGroup> {
  if (workflowId === undefined) return { group: await findGroup(services, groupId) };
  const wanted = new Map<string, Key>();
  const want = (key: Key) => wanted.set(`${key.pk} ${key.sk}`, key);
  want(keys.group(groupId));
  want(keys.workflow(workflowId));
  if (ranked === RANKED) want(keys.leaderboard(workflowId));
  for (const id of runIds) want(keys.run(id));
  const items = await services.table.getMany([...wanted.values()]);
  const at = ({ pk, sk }: Key) => items.find((item) => item.pk === pk && item.sk === sk);
  const groupItem = at(keys.group(groupId));
  if (groupItem?.workflowId !== workflowId) return { group: await findGroup(services, groupId) };
  const group = existingGroup(groupItem, at(keys.workflow(workflowId)), groupId);
  const runs = runIds.flatMap((id) => runCodec.readMaybe(at(keys.run(id))) ?? []);
  const leaderboard = leaderboardCodec.readMaybe(at(keys.leaderboard(workflowId))) ?? emptyLeaderboard;
  return {
    group,
    claimed: {
      active: runs.filter((run) => run.groupId === groupId),
      leaderboard: ranked === RANKED ? leaderboard : undefined,
    },
  };
}

/** What a list of runs is made of, for its ETag. */
interface ListView extends ListedGroup {
  /** Whether anything of the workflow is hidden from the caller: then no ETag but that of the body is accepted. */
  readonly hides: boolean;
  /** What the request and the caller's rights decide. `unshown` names attributes of the group. */
  readonly view: { readonly unshown: readonly string[] } & Readonly<Record<string, unknown>>;
  readonly reader: Reader;
}

/**
 * Responds with a list of runs, unless the client has it. The changes of the list are counted in the group; only active
 * runs change without it.
 *
 * @param make reads the list; `hides` says that a part of it is hidden from the caller, so that only its body may decide
 */
export async function unlessListKnown(
  services: Services,
  asked: Asked,
  { group, claimed, view, reader, hides: hidesSome }: ListView,
  make: () => Promise<{ readonly json: unknown; readonly standing: ListStanding; readonly hides: boolean }>,
): Promise<JsonResult | Unchanged> {
  const tagFor = ({ active, waiting }: ListStanding, ranks: string | undefined) =>
    tagOf(
      [
        versionOf(group, view.unshown),
        view,
        [groupModerationView(group, reader), reader],
        ranks,
        active.map((run) => [versionOf(run), reasonOf(run, waiting)]),
      ],
      [group.workflowId, ranks === undefined ? UNRANKED : RANKED, ...active.map(({ id }) => id)],
    );
  if (claimed && !hidesSome) {
    const { active, leaderboard } = claimed;
    const waiting = await readWaiting(services, active);
    const tag = tagFor({ active, waiting }, leaderboard && nameOfRanks(group.workflowId, leaderboard));
    if (asked.knows(tag)) return { kind: 'unchanged', etag: tag, pollAfter: pollAfter(active) };
  }
  const { json, standing, hides } = await make();
  if (hides) return { ...ok(json), pollAfter: pollAfter(standing.active) };
  const etag = tagFor(standing, standing.ranks?.name);
  const next = pollAfter(standing.active);
  if (asked.knows(etag)) return { kind: 'unchanged', etag, pollAfter: next };
  return { ...ok(json), etag, pollAfter: next };
}
