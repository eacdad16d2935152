import type { Leaderboard } from '../../../shared/api/answers.ts';
import { distinctNames } from '../../terminal/distinct-names.ts';
import type { Cell, Column } from '../../terminal/table.ts';

/**
 * A leaderboard as a table: rank, group, and a column for each value of the result schema. If names of groups look
 * alike, the beginning of the group's id follows. Baselines come last, without a rank.
 */
export function leaderboardTable({ schema, ranking, baselines = [] }: Leaderboard): {
  readonly columns: Column[];
  readonly rows: Cell[][];
} {
  const nameOf = distinctNames([...ranking, ...baselines].map(({ group }) => group));
  const cellsOf = ({ results }: Pick<Leaderboard['ranking'][number], 'results'>): Cell[] =>
    results.map(({ value }, column) => rounded(value, schema[column]?.decimals));
  return {
    columns: [
      { name: 'Rank', type: 'int' },
      { name: 'Name', type: 'string' },
      ...schema.map(({ label, dtype, unit }) => ({
        name: unit === undefined ? label : `${label} (${unit})`,
        type: dtype,
      })),
    ],
    rows: [
      ...ranking.map((row, i) => [row.rank ?? i + 1, nameOf(row.group), ...cellsOf(row)]),
      ...baselines.map((row) => [
        null,
        `${nameOf(row.group)} (baseline${row.label === undefined ? '' : `: ${row.label}`})`,
        ...cellsOf(row),
      ]),
    ],
  };
}

/** A number in the decimals of its column; the table shows texts of any column as they are. */
const rounded = (value: Cell, decimals: number | undefined): Cell =>
  typeof value === 'number' && decimals !== undefined ? value.toFixed(decimals) : value;
