import type { Leaderboard } from '../../../shared/api/answers.ts';
import { distinctNames } from '../../terminal/distinct-names.ts';
import type { Cell, Column } from '../../terminal/table.ts';

/**
 * A leaderboard as a table: rank, group, and a column for each value of the result schema. If names of groups look
 * alike, the beginning of the group's id follows.
 */
export function leaderboardTable({ schema, ranking }: Leaderboard): {
  readonly columns: Column[];
  readonly rows: Cell[][];
} {
  const nameOf = distinctNames(ranking.map(({ group }) => group));
  return {
    columns: [
      { name: 'Rank', type: 'int' },
      { name: 'Name', type: 'string' },
      ...schema.map(({ label, dtype }) => ({ name: label, type: dtype })),
    ],
    rows: ranking.map(({ group, results }, i) => [
      i + 1,
      nameOf(group),
      ...results.map(({ value }) => value),
    ]),
  };
}
