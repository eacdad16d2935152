import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { numberRow } from './message-schema.ts';

/** Runs SQL statements with values. */
export interface Statements {
  /** @returns the number of changed rows */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** @returns the first row; undefined for none */
  first(sql: string, ...values: SQLInputValue[]): unknown;
  /** @returns the column `value` of the first row */
  numberOf(sql: string, ...values: SQLInputValue[]): number | null;
}

/** Creates the statements of a database. */
export function createStatements(database: DatabaseSync): Statements {
  const first = (sql: string, ...values: SQLInputValue[]): unknown => database.prepare(sql).get(...values);
  return {
    run: (sql, ...values) => Number(database.prepare(sql).run(...values).changes),
    first,
    numberOf: (sql, ...values) => numberRow.parse(first(sql, ...values)).value,
  };
}
