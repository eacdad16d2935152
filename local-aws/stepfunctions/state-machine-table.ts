import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { transact } from '../sqlite.ts';
import { removeExecutions } from './remove-executions.ts';

const stateMachineRow = z.object({
  arn: z.string(),
  name: z.string(),
  definition: z.string(),
  roleArn: z.string(),
  logging: z.string(),
  tracing: z.string(),
  createdAt: z.number(),
  status: z.enum(['ACTIVE', 'DELETING']),
});
export type StateMachineRecord = z.infer<typeof stateMachineRow>;

/** The operations on state machines in the database. */
export function stateMachineTable(database: DatabaseSync) {
  const byArn = database.prepare('SELECT * FROM machines WHERE arn = ?');
  const insert = database.prepare('INSERT INTO machines VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const page = database.prepare('SELECT * FROM machines WHERE name > ? ORDER BY name LIMIT ?');
  const isDeleting = database.prepare(`SELECT 1 FROM machines WHERE arn = ? AND status = 'DELETING'`);
  const idle = `SELECT arn FROM machines AS m WHERE m.status = 'DELETING' AND NOT EXISTS (
    SELECT 1 FROM executions AS e WHERE e.machineArn = m.arn AND e.status = 'RUNNING')`;
  const setDeleting = database.prepare(`UPDATE machines SET status = 'DELETING' WHERE arn = ?`);
  return {
    stateMachine: (arn: string): StateMachineRecord | undefined =>
      stateMachineRow.optional().parse(byArn.get(arn)),
    addStateMachine({
      arn,
      name,
      definition,
      roleArn,
      logging,
      tracing,
      createdAt,
      status,
    }: StateMachineRecord): void {
      insert.run(arn, name, definition, roleArn, logging, tracing, createdAt, status);
    },
    /** State machines sorted by name, starting after a given name. */
    stateMachines: (after: string, limit: number) => z.array(stateMachineRow).parse(page.all(after, limit)),
    markDeleting: (arn: string): void => void setDeleting.run(arn),
    isDeleting: (arn: string): boolean => isDeleting.get(arn) !== undefined,
    /** Removes the deleted state machines without running executions, and their executions. */
    removeDeletedStateMachines: (): void =>
      transact(database, () => {
        removeExecutions(database, `machineArn IN (${idle})`);
        database.exec(`DELETE FROM machines WHERE arn IN (${idle})`);
      }),
  };
}
