/**
 * The result schema of a benchmark: the values of a run's result document that form the leaderboard.
 *
 * Source: flowServ template specification, result schema.
 */
import {
  defined,
  displayText,
  listAt,
  mappingAt,
  onlyKnown,
  optionalFlag,
  requiredDisplayText,
  requiredPath,
  requiredText,
} from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping, PythonValue } from '../documents/python-value.ts';
import { type Computation, checkComputations, readComputation } from './computed-column.ts';
import { normaliseColumn, normaliseOrder } from './normalise.ts';

export type ColumnType = 'float' | 'int' | 'string';

export interface ResultColumn {
  readonly name: string;
  readonly label: string;
  readonly dtype: ColumnType;
  /** Keys of the path in the result document, joined by `/`; by default the name. */
  readonly path?: string;
  /** Unit of the values, such as `ms`, for display. */
  readonly unit?: string;
  /** Calculates the value from other columns, instead of reading it: never `required`, and without a path. */
  readonly compute?: Computation;
  /** A run without this value is not ranked. */
  readonly required: boolean;
}

interface SortColumn {
  readonly name: string;
  readonly sortDesc: boolean;
}

export interface ResultSchema {
  /** Normal relative path of the result document in the run directory. */
  readonly file: string;
  /** At least one column; `schema` in the document. */
  readonly columns: readonly ResultColumn[];
  /** Default order of the leaderboard, never empty. */
  readonly orderBy: readonly SortColumn[];
}

/** Maximum number of columns of a leaderboard. */
export const MAX_COLUMNS = 1_000;

function columnType(fields: PythonMapping, location: Location): ColumnType {
  const { dtype } = fields;
  if (dtype === 'float' || dtype === 'int' || dtype === 'string') return dtype;
  if (dtype === undefined || dtype === null) report(location, "missing element 'dtype'");
  else report(below(location, 'dtype'), `unknown data type '${quotedText(dtype)}'; use float, int or string`);
  return 'string';
}

function columnPath(fields: PythonMapping, location: Location): string | undefined {
  const { path } = fields;
  return path === undefined || path === null ? undefined : requiredText(fields, 'path', location);
}

function readColumn(raw: PythonValue, location: Location): ResultColumn {
  const fields = mappingAt(normaliseColumn(raw), location);
  onlyKnown(fields, ['name', 'label', 'dtype', 'path', 'unit', 'compute', 'required'], location);
  return {
    name: requiredText(fields, 'name', location),
    label: requiredDisplayText(fields, 'label', location),
    dtype: columnType(fields, location),
    ...defined({ path: columnPath(fields, location), unit: displayText(fields, 'unit', location) }),
    ...readComputation(fields, location),
  };
}

function readColumns(value: PythonValue | undefined, location: Location): readonly ResultColumn[] {
  const list = listAt(value ?? [], location);
  if (list.length === 0) report(location, 'must list at least one column');
  if (list.length > MAX_COLUMNS) {
    report(location, `more than ${MAX_COLUMNS} columns`);
    return [];
  }
  const columns = list.map((column, i) => readColumn(column, below(location, i)));
  const names = new Set<string>();
  const labels = new Set<string>();
  for (const [i, { name, label }] of columns.entries()) {
    if (name !== '' && names.has(name))
      report(below(location, i), `duplicate column identifier '${quotedText(name)}'`);
    if (label !== '' && labels.has(label))
      report(below(location, i), `not unique column name '${quotedText(label)}'`);
    names.add(name);
    labels.add(label);
  }
  checkComputations(columns, location);
  return columns;
}

function readSortColumn(raw: PythonValue, names: ReadonlySet<string>, location: Location): SortColumn {
  const fields = mappingAt(normaliseOrder(raw), location);
  onlyKnown(fields, ['name', 'sortDesc'], location);
  const name = requiredText(fields, 'name', location);
  if (name !== '' && !names.has(name)) {
    report(below(location, 'name'), `unknown column '${quotedText(name)}'; name a column of the schema`);
  }
  return { name, sortDesc: optionalFlag(fields, 'sortDesc', location) ?? true };
}

/** Reads the order; without entries, the first column in descending order. */
function readOrder(
  value: PythonValue | undefined,
  columns: readonly ResultColumn[],
  location: Location,
): readonly SortColumn[] {
  const names = new Set(columns.map((column) => column.name));
  const order = listAt(value ?? [], location).map((entry, i) =>
    readSortColumn(entry, names, below(location, i)),
  );
  return order.length > 0 ? order : columns.slice(0, 1).map(({ name }) => ({ name, sortDesc: true }));
}

/** Reads the section at a location and reports its problems. */
export function readResultSchema(value: PythonValue, location: Location): ResultSchema {
  const fields = mappingAt(value, location);
  onlyKnown(fields, ['file', 'schema', 'orderBy'], location);
  const file = requiredPath(fields, 'file', 'file', location);
  const columns = readColumns(fields.schema, below(location, 'schema'));
  return { file, columns, orderBy: readOrder(fields.orderBy, columns, below(location, 'orderBy')) };
}

/** Returns the section as a mapping in canonical spelling. */
export function resultsDocument({ file, columns, orderBy }: ResultSchema): PythonMapping {
  return {
    file,
    schema: columns.map((column) => ({ ...column })),
    orderBy: orderBy.map((entry) => ({ ...entry })),
  };
}
