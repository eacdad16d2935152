import type { Services } from '../services/services.ts';
import { absent, all, type Condition } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { leaderboardDue, type PostprocOfPhases, readLeaderboardState } from './leaderboard-state.ts';
import { earlierLeaderboardCodec } from './versions.ts';
import type { Workflow } from './workflow.ts';

/** What the leaderboard of a workflow must know of its new version. */
interface InstalledVersion {
  /** The workflow with the version that the new one replaces. */
  readonly workflow: Workflow;
  readonly number: number;
  readonly isNewLeaderboard: boolean;
}

/**
 * The writes that rank the leaderboard by the rules of the new version, or begin another one. Snapshots by the earlier
 * rules are not used any more. Post-processing is repeated, as it may have changed.
 */
export async function leaderboardWrites(
  services: Services,
  { workflow, number, isNewLeaderboard }: InstalledVersion,
): Promise<Write[]> {
  const { table } = services;
  const { id, rankedSince, version } = workflow;
  const {
    postprocRunId,
    postprocOf,
    postprocLast,
    built,
    previous = 0,
    replaced = [],
    ...state
  } = await readLeaderboardState(services, id);
  const snapshots = [built, previous].filter((snapshot) => snapshot > 0);
  const still = (name: string, value: string | undefined): Condition =>
    value === undefined
      ? { expression: `attribute_not_exists(#${name})` }
      : { expression: `#${name} = :${name}`, values: { [name]: value } };
  const same = all(
    { expression: '#built = :built', values: { built } },
    still('postprocRunId', postprocRunId),
    still('postprocLast', postprocLast),
  );
  const change = {
    set: {
      ...leaderboardDue(services, id),
      version: number,
      built: 0,
      replaced: [...replaced, ...snapshots.map((snapshot) => ({ version: state.version, snapshot }))],
      ...(isNewLeaderboard ? { rankedSince: number } : {}),
      ...(postprocOf && !isNewLeaderboard ? { postprocOf: toRepeat(postprocOf) } : {}),
    },
    add: { dirty: 1, trigger: 1 },
    remove: [
      'previous',
      'builtAt',
      'postprocSet',
      ...(isNewLeaderboard ? ['postprocRunId', 'postprocOf'] : []),
    ],
  };
  const earlier = {
    rankedSince,
    version,
    ...(postprocRunId === undefined ? {} : { postprocRunId }),
    ...(postprocOf === undefined ? {} : { postprocOf }),
  };
  return [
    table.write.update(keys.leaderboard(id), change, same),
    ...(isNewLeaderboard
      ? [
          table.write.put(
            earlierLeaderboardCodec.write(keys.earlierLeaderboard(id, rankedSince), earlier),
            absent,
          ),
        ]
      : []),
  ];
}

/** What was post-processed of phases, so that it is shown until it is processed again. */
const toRepeat = (postprocOf: NonNullable<PostprocOfPhases>): PostprocOfPhases =>
  Object.fromEntries(Object.entries(postprocOf).map(([phase, { runId }]) => [phase, { runId, set: '' }]));
