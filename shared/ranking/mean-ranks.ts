import { compareColumn, type OrderColumn, type Rankable } from './order.ts';

/** A column whose value is the mean of the ranks in other columns, among the results of a leaderboard. */
export interface MeanRank {
  readonly name: string;
  readonly of: readonly OrderColumn[];
}

/**
 * The order that selects the entry of each group. Mean ranks are known only after the selection, so the columns that
 * they are the means of take their place.
 */
export const selectionOrder = ({
  order,
  meanRanks = [],
}: {
  readonly order: readonly OrderColumn[];
  readonly meanRanks?: readonly MeanRank[];
}): readonly OrderColumn[] =>
  meanRanks.length === 0
    ? order
    : order.flatMap((column) => meanRanks.find(({ name }) => name === column.name)?.of ?? [column]);

/** Results with their mean ranks among each other. Equal values share a rank: 1, 2, 2, 4. */
export function withMeanRanks<T extends Rankable>(
  results: readonly T[],
  meanRanks: readonly MeanRank[],
): T[] {
  const ranks = new Map<string, ReadonlyMap<T, number>>();
  for (const column of meanRanks.flatMap(({ of }) => of)) {
    if (!ranks.has(column.name)) ranks.set(column.name, ranksIn(results, column));
  }
  return results.map((result) => {
    const means = meanRanks.map(({ name, of }): [string, number] => {
      const total = of.reduce((sum, column) => sum + (ranks.get(column.name)?.get(result) ?? 0), 0);
      return [name, total / of.length];
    });
    return { ...result, values: Object.fromEntries([...Object.entries(result.values), ...means]) };
  });
}

function ranksIn<T extends Rankable>(results: readonly T[], column: OrderColumn): ReadonlyMap<T, number> {
  const sorted = results.toSorted((a, b) => compareColumn(a.values, b.values, column));
  const ranks = new Map<T, number>();
  for (const [position, result] of sorted.entries()) {
    const before = sorted[position - 1];
    const isTied = before && compareColumn(before.values, result.values, column) === 0;
    ranks.set(result, isTied ? (ranks.get(before) ?? 1) : position + 1);
  }
  return ranks;
}
