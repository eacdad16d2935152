import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** Runs work in one transaction: all of it is stored or, when it throws, nothing. */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** Removes executions with their histories, by a condition on their columns. Belongs into a transaction. */
export function removeExecutions(
  database: DatabaseSync,
  condition: string,
  ...values: SQLInputValue[]
): void {
  const chosen = `SELECT id FROM executions WHERE ${condition}`;
  database.prepare(`DELETE FROM history WHERE execution IN (${chosen})`).run(...values);
  database.prepare(`DELETE FROM executions WHERE ${condition}`).run(...values);
}
