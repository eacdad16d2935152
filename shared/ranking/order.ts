import { invalid } from '../errors.ts';
import type { ResultValues } from '../runs/result.ts';
import type { EntryRule } from '../template/contest.ts';

/** The part of a result that ranking needs. Times are fixed-width timestamps, so text order is time order. */
export interface Rankable {
  readonly runId: string;
  readonly groupId: string;
  readonly createdAt: string;
  /** When the submission was made, if the run scores it again: this time counts. */
  readonly submittedAt?: string | undefined;
  readonly values: ResultValues;
  /** Whether the group chose it; absent means false. */
  readonly chosen?: boolean | undefined;
}

export interface OrderColumn {
  readonly name: string;
  readonly descending: boolean;
}

/** Columns of one order are bounded by the columns of the schema; repeats have no effect. */
const MAX_ORDER_LENGTH = 4096;

/**
 * Ranks results (flowServ engine specification, ranking). Columns count from left to right. A missing value comes
 * last in both directions. Text is compared by its UTF-8 bytes, which is code point order. Ties are resolved by the
 * time of creation, then by run id.
 *
 * @param includeAll false keeps only the first result of each group that `entry` permits
 */
export function rank<T extends Rankable>(
  results: readonly T[],
  order: readonly OrderColumn[],
  includeAll: boolean,
  entry: EntryRule = 'best',
): T[] {
  const prepared = (includeAll ? results : candidates(results, entry)).map((result) => ({
    result,
    values: order.map(({ name }) => comparable(result.values, name)),
  }));
  prepared.sort((a, b) => {
    for (const [column, { descending }] of order.entries()) {
      const difference = compareValues(a.values[column], b.values[column], descending);
      if (difference !== 0) return difference;
    }
    return compareTime(a.result, b.result);
  });
  const ranked = prepared.map(({ result }) => result);
  return includeAll ? ranked : firstOfEachGroup(ranked);
}

/**
 * The results that may stand for their group: all of them, only the one that was submitted last, or those that the
 * group chose. A group without a chosen result is represented by any of its results.
 */
function candidates<T extends Rankable>(results: readonly T[], entry: EntryRule): readonly T[] {
  if (entry === 'best') return results;
  if (entry === 'chosen') {
    const choosing = new Set(results.filter(({ chosen }) => chosen).map(({ groupId }) => groupId));
    return results.filter(({ groupId, chosen }) => chosen || !choosing.has(groupId));
  }
  const latest = new Map<string, T>();
  for (const result of results) {
    const known = latest.get(result.groupId);
    if (!known || compareTime(known, result) < 0) latest.set(result.groupId, result);
  }
  return [...latest.values()];
}

const compareTime = (a: Rankable, b: Rankable): number =>
  compareText(a.submittedAt ?? a.createdAt, b.submittedAt ?? b.createdAt) || compareText(a.runId, b.runId);

/**
 * The rank of each result of a ranking, from 1. Results with equal values in all columns of the order share a rank if
 * `shared`, and the next rank is then left out: 1, 2, 2, 4.
 */
export function ranksOf(
  ranking: readonly Rankable[],
  order: readonly OrderColumn[],
  shared: boolean,
): number[] {
  const ranks: number[] = [];
  for (const [position, { values }] of ranking.entries()) {
    const before = ranking[position - 1];
    const isTied = shared && before && order.every(({ name }) => sameValue(before.values, values, name));
    ranks.push(isTied ? (ranks[position - 1] ?? 1) : position + 1);
  }
  return ranks;
}

const sameValue = (a: ResultValues, b: ResultValues, name: string): boolean =>
  compareColumn(a, b, { name, descending: false }) === 0;

/** Below 0 if the first result is better in a column; a missing value is worse than any other. */
export const compareColumn = (a: ResultValues, b: ResultValues, { name, descending }: OrderColumn): number =>
  compareValues(comparable(a, name), comparable(b, name), descending);

/**
 * Reads the `orderBy` parameter of the leaderboard route: `name[:direction]`, separated by commas;
 * descending unless the direction is `asc` in any case. Absent or empty means the default order.
 *
 * @throws FlowservError 400 for a column that the schema does not have
 */
export function parseOrder(
  text: string | undefined,
  columns: readonly string[],
  defaultOrder: readonly OrderColumn[],
): readonly OrderColumn[] {
  if (text === undefined || text === '') return defaultOrder;
  if (text.length > MAX_ORDER_LENGTH) throw invalid('leaderboard.order', 'invalid sort statement');
  const order: OrderColumn[] = [];
  for (const part of text.split(',')) {
    if (part === '') continue;
    const colon = part.indexOf(':');
    const name = colon < 0 ? part : part.slice(0, colon);
    const direction = colon < 0 ? '' : part.slice(colon + 1);
    if (!columns.includes(name)) {
      throw invalid('leaderboard.order', `invalid sort statement: unknown column '${name.slice(0, 100)}'`);
    }
    if (!order.some((column) => column.name === name)) {
      order.push({ name, descending: direction.toLowerCase() !== 'asc' });
    }
  }
  return order.length === 0 ? defaultOrder : order;
}

/** Reads `includeAll`: true if it has no value or is `true` in any case. */
export function parseIncludeAll(text: string | undefined): boolean {
  return text !== undefined && (text === '' || text.toLowerCase() === 'true');
}

type Comparable = number | Buffer | undefined;

function comparable(values: ResultValues, name: string): Comparable {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
}

function compareValues(a: Comparable, b: Comparable, descending: boolean): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  const ascending = Buffer.isBuffer(a) && Buffer.isBuffer(b) ? Buffer.compare(a, b) : Number(a) - Number(b);
  return descending ? -ascending : ascending;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function firstOfEachGroup<T extends Rankable>(ranked: readonly T[]): T[] {
  const seen = new Set<string>();
  return ranked.filter(({ groupId }) => !seen.has(groupId) && seen.add(groupId));
}
