import { invalid } from '../errors.ts';
import type { ResultValues } from '../runs/result.ts';

/** The part of a result that ranking needs. Times are fixed-width timestamps, so text order is time order. */
export interface Rankable {
  readonly runId: string;
  readonly groupId: string;
  readonly createdAt: string;
  readonly values: ResultValues;
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
 * @param includeAll false keeps only the first result of each group
 */
export function rank<T extends Rankable>(
  results: readonly T[],
  order: readonly OrderColumn[],
  includeAll: boolean,
): T[] {
  const prepared = results.map((result) => ({
    result,
    values: order.map(({ name }) => comparable(result.values, name)),
  }));
  prepared.sort((a, b) => {
    for (const [column, { descending }] of order.entries()) {
      const difference = compareValues(a.values[column], b.values[column], descending);
      if (difference !== 0) return difference;
    }
    return compareText(a.result.createdAt, b.result.createdAt) || compareText(a.result.runId, b.result.runId);
  });
  const ranked = prepared.map(({ result }) => result);
  return includeAll ? ranked : firstOfEachGroup(ranked);
}

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
