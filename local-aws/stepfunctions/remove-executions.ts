import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** Removes executions and their histories by a condition on their columns. Must be called in a transaction. */
export function removeExecutions(
  database: DatabaseSync,
  condition: string,
  ...values: SQLInputValue[]
): void {
  const chosen = `SELECT id FROM executions WHERE ${condition}`;
  database.prepare(`DELETE FROM history WHERE execution IN (${chosen})`).run(...values);
  database.prepare(`DELETE FROM executions WHERE ${condition}`).run(...values);
}
