import type { Leaderboard } from '../../../shared/api/answers.ts';
import type { Cell, Column } from '../../terminal/table.ts';

/** A leaderboard as a table: rank, group, and a column for each value of the result schema. */
export function leaderboardTable({ schema, ranking }: Leaderboard): {
  readonly columns: Column[];
  readonly rows: Cell[][];
} {
  return {
    columns: [
      { name: 'Rank', type: 'int' },
      { name: 'Name', type: 'string' },
      ...schema.map(({ label, dtype }) => ({ name: label, type: dtype })),
    ],
    rows: ranking.map(({ group, results }, i) => [i + 1, group.name, ...results.map(({ value }) => value)]),
  };
}
