import type { BaselineEntry } from '../ranking/baselines.ts';
import type { LeaderboardEntry } from '../ranking/leaderboard.ts';
import type { Page } from '../store/paging.ts';
import type { RankingRules } from '../template/contest.ts';
import { resultJson } from '../template/result-json.ts';
import type { ResultColumn, ResultSchema } from '../template/result-schema.ts';

/**
 * Returns the leaderboard. Its rows have one value per column of the schema, null if the result has none.
 *
 * @param rules of the contest's ranking, if it has some: then columns have their decimals and their direction
 * @param phase id of the phase that it is of
 */
export function leaderboardView(
  schema: ResultSchema | undefined,
  { entries, nextCursor }: Page<LeaderboardEntry>,
  postproc?: unknown,
  rules?: RankingRules,
  phase?: string,
  baselines: readonly BaselineEntry[] = [],
) {
  const columns = schema?.columns ?? [];
  return {
    ...(phase === undefined ? {} : { phase }),
    schema: columns.map((column) => columnView(column, schema, rules)),
    ranking: entries.map((entry) => ({
      ...(entry.rank === undefined ? {} : { rank: entry.rank }),
      ...rowView(entry, columns),
    })),
    ...(baselines.length === 0
      ? {}
      : {
          baselines: baselines.map(({ label, ...entry }) => ({
            ...rowView(entry, columns),
            ...(label === undefined ? {} : { label }),
          })),
        }),
    ...(postproc === undefined ? {} : { postproc }),
    ...(nextCursor === undefined ? {} : { nextCursor }),
  };
}

const rowView = (
  { runId, createdAt, startedAt, finishedAt, groupId, groupName, values }: LeaderboardEntry,
  columns: readonly ResultColumn[],
) => ({
  run: { id: runId, createdAt, startedAt, finishedAt },
  group: { id: groupId, name: groupName },
  results: columns.map((column) => ({ name: column.name, value: resultJson(column, values) })),
});

/** The leaderboard for a caller who may not see it. */
export const hiddenLeaderboardView = (schema: ResultSchema, rules?: RankingRules, phase?: string) => ({
  ...leaderboardView(schema, { entries: [], nextCursor: undefined }, undefined, rules, phase),
  hidden: true as const,
});

function columnView(
  { name, label, dtype, unit }: ResultColumn,
  schema: ResultSchema | undefined,
  rules: RankingRules | undefined,
) {
  const order = rules && schema?.orderBy.find((column) => column.name === name);
  const decimals = rules && Object.hasOwn(rules.decimals, name) ? rules.decimals[name] : undefined;
  return {
    name,
    label,
    dtype,
    ...(unit === undefined ? {} : { unit }),
    ...(decimals === undefined ? {} : { decimals }),
    ...(order ? { direction: order.sortDesc ? ('desc' as const) : ('asc' as const) } : {}),
  };
}
