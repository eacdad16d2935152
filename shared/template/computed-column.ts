import { listAt, mappingAt, onlyKnown, optionalFlag, textList } from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping } from '../documents/python-value.ts';

/** Columns of the result schema whose values are calculated from other columns. */

/** The part of a column that its computation depends on. */
interface Column {
  readonly name: string;
  readonly dtype: 'float' | 'int' | 'string';
  readonly compute?: Computation;
}

const FUNCTIONS = ['mean', 'sum', 'min', 'max', 'meanRank'] as const;
type ComputedFunction = (typeof FUNCTIONS)[number];
/** One function with the names of the columns that it reads. `meanRank` is calculated on the leaderboard. */
export type Computation = Readonly<Partial<Record<ComputedFunction, readonly string[]>>>;

const MAX_SOURCES = 1_000;
/** Each reader of a leaderboard may calculate ranks, in time for each column that they are the means of. */
const MAX_RANKED_SOURCES = 20;
const MAX_MEAN_RANKS = 5;
const MAX_NAME = 1_000;

/** Reads the members of a column that say how its value is made. */
export function readComputation(
  fields: PythonMapping,
  location: Location,
): { readonly required: boolean; readonly compute?: Computation } {
  const required = optionalFlag(fields, 'required', location);
  if (fields.compute === undefined || fields.compute === null) return { required: required ?? true };
  const excluded = "cannot be combined with 'compute'; remove it";
  if ((fields.path ?? null) !== null) report(below(location, 'path'), excluded);
  if (required === true) report(below(location, 'required'), excluded);
  const at = below(location, 'compute');
  const written = mappingAt(fields.compute, at);
  onlyKnown(written, FUNCTIONS, at);
  const [name, ...others] = FUNCTIONS.filter((one) => Object.hasOwn(written, one));
  if (name === undefined || others.length > 0) {
    report(at, `must name one function of ${FUNCTIONS.join(', ')}`);
    return { required: false };
  }
  if (listAt(written[name], below(at, name)).length === 0) report(below(at, name), 'must list columns');
  return {
    required: false,
    compute: {
      [name]: textList(written, name, at, {
        entries: name === 'meanRank' ? MAX_RANKED_SOURCES : MAX_SOURCES,
        characters: MAX_NAME,
      }),
    },
  };
}

const parts = (compute: Computation) => {
  const [entry] = Object.entries(compute) as [ComputedFunction, readonly string[]][];
  return entry;
};

/** Reports computed columns whose sources or types do not fit. */
export function checkComputations(columns: readonly Column[], location: Location): void {
  for (const [i, column] of columns.entries()) checkComputation(column, columns, below(location, i));
  if (columns.filter(({ compute }) => compute?.meanRank).length > MAX_MEAN_RANKS) {
    report(location, `more than ${MAX_MEAN_RANKS} columns with 'meanRank'`);
  }
}

/** Reports sources of a computed column that have no numbers of their own, and a type that does not fit. */
function checkComputation(column: Column, columns: readonly Column[], location: Location): void {
  const [name, of] = (column.compute && parts(column.compute)) ?? [];
  if (name === undefined || of === undefined) return;
  const at = below(below(location, 'compute'), name);
  const sources = of.map((source) => columns.find((one) => one.name === source));
  for (const [i, source] of sources.entries()) {
    const text = `'${quotedText(of[i] ?? '')}'`;
    if (!source) report(at, `unknown column ${text}; name columns of the schema`);
    else if (source.compute)
      report(at, `the column ${text} is computed too; name columns of the result file`);
    else if (source.dtype === 'string') report(at, `the column ${text} is text; name columns with numbers`);
  }
  const isWhole =
    name !== 'mean' && name !== 'meanRank' && sources.every((source) => source?.dtype === 'int');
  if (column.dtype !== 'float' && !(column.dtype === 'int' && isWhole)) {
    report(
      below(location, 'dtype'),
      `must be float, or int for the ${isWhole ? name : 'sum, min or max'} of int columns`,
    );
  }
}

type Values = Readonly<Record<string, number | string>>;

/** The values of a result with those that are calculated from them. A value that lacks one of its sources is missing. */
export function withComputed(columns: readonly Column[], values: Values): Values {
  const computed = columns.flatMap((column): [string, number][] => {
    const [name, of = []] = (column.compute && parts(column.compute)) ?? [];
    if (name === undefined || name === 'meanRank') return [];
    const numbers = of.flatMap((source) => {
      const value = Object.hasOwn(values, source) ? values[source] : undefined;
      return typeof value === 'number' ? [value] : [];
    });
    const value = calculate[name](numbers);
    return numbers.length === of.length && Number.isFinite(value) ? [[column.name, value]] : [];
  });
  return computed.length === 0 ? values : Object.fromEntries([...Object.entries(values), ...computed]);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const calculate: Readonly<
  Record<Exclude<ComputedFunction, 'meanRank'>, (numbers: readonly number[]) => number>
> = {
  sum,
  mean: (numbers) => sum(numbers) / numbers.length,
  min: (numbers) => Math.min(...numbers),
  max: (numbers) => Math.max(...numbers),
};
