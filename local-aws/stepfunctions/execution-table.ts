import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { transact } from '../sqlite.ts';
import type { NewEvent } from './history.ts';
import { removeExecutions } from './remove-executions.ts';
import type { Cursor, End } from './transition.ts';

const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;
type ExecutionStatus = (typeof STATUSES)[number];

const executionRow = z.object({
  id: z.number(),
  arn: z.string(),
  machineArn: z.string(),
  name: z.string(),
  status: z.enum(STATUSES),
  input: z.string(),
  output: z.string().nullable(),
  error: z.string().nullable(),
  cause: z.string().nullable(),
  startedAt: z.number(),
  stoppedAt: z.number().nullable(),
  cursor: z.string(),
  sortTime: z.number(),
});
export type ExecutionRecord = z.infer<typeof executionRow>;

/** An execution in a list: without inputs and outputs, which can be 256 KiB each. */
const summaryRow = executionRow.omit({ input: true, output: true, error: true, cause: true, cursor: true });
export type ExecutionSummary = z.infer<typeof summaryRow>;

const eventRow = z.object({ id: z.number(), time: z.number(), type: z.string(), details: z.string() });
export type EventRecord = z.infer<typeof eventRow>;

/** The initial data of an execution. */
export interface NewExecution {
  readonly arn: string;
  readonly machineArn: string;
  readonly name: string;
  readonly input: string;
  readonly startedAt: number;
}

/** The position of a page: the sort key of the last entry before it. */
interface ExecutionPosition {
  readonly time: number;
  readonly id: number;
}

/** The executions and their histories. */
export const executionTable = (database: DatabaseSync) => ({ ...reads(database), ...writes(database) });

function reads(database: DatabaseSync) {
  const byArn = database.prepare('SELECT * FROM executions WHERE arn = ?');
  const open = database.prepare(`SELECT * FROM executions WHERE status = 'RUNNING' ORDER BY id`);
  const list = database.prepare(`
    SELECT id, arn, machineArn, name, status, startedAt, stoppedAt, sortTime FROM executions
    WHERE machineArn = :machineArn AND (:status IS NULL OR status = :status) AND (sortTime, id) < (:time, :id)
    ORDER BY sortTime DESC, id DESC LIMIT :limit`);
  const forward = 'SELECT * FROM history WHERE execution = ? AND id > ? ORDER BY id LIMIT ?';
  const backward = 'SELECT * FROM history WHERE execution = ? AND id < ? ORDER BY id DESC LIMIT ?';
  return {
    execution: (arn: string): ExecutionRecord | undefined => executionRow.optional().parse(byArn.get(arn)),
    openExecutions: () => z.array(executionRow).parse(open.all()),
    /** Executions of a state machine after a position, the most recent first. */
    executions: (
      machineArn: string,
      status: ExecutionStatus | null,
      { time, id }: ExecutionPosition,
      limit: number,
    ) => z.array(summaryRow).parse(list.all({ machineArn, status, time, id, limit })),
    /** Events of an execution after `id`, or with `reverse` before `id`, newest first. */
    events: (execution: number, id: number, reverse: boolean, limit: number) =>
      z.array(eventRow).parse(database.prepare(reverse ? backward : forward).all(execution, id, limit)),
  };
}

function writes(database: DatabaseSync) {
  const { insert, moveTo, close, addEvent } = statements(database);
  const addEvents = (execution: number, first: number, time: number, events: readonly NewEvent[]) => {
    for (const [index, { type, details }] of events.entries()) {
      addEvent.run(execution, first + index, time, type, JSON.stringify(details));
    }
  };
  return {
    /** Stores a new execution with its first events; returns its number. */
    addExecution: (fresh: NewExecution, cursor: Cursor, events: readonly NewEvent[]): number =>
      transact(database, () => {
        const { arn, machineArn, name, input, startedAt } = fresh;
        const added = insert.run(arn, machineArn, name, input, startedAt, JSON.stringify(cursor), startedAt);
        addEvents(Number(added.lastInsertRowid), 1, startedAt, events);
        return Number(added.lastInsertRowid);
      }),
    /** Stores one transition of a running execution. */
    move: (id: number, cursor: Cursor, time: number, events: readonly NewEvent[]): void =>
      transact(database, () => {
        moveTo.run(JSON.stringify(cursor), id);
        addEvents(id, cursor.lastEvent - events.length + 1, time, events);
      }),
    /** Stores the end of a running execution. */
    finish: (id: number, end: End, lastEvent: number, time: number, events: readonly NewEvent[]): void =>
      transact(database, () => {
        const output = end.output === undefined ? null : JSON.stringify(end.output);
        close.run(end.status, output, end.error ?? null, end.cause ?? null, time, time, id);
        addEvents(id, lastEvent + 1, time, events);
      }),
    /** Removes executions that closed before a time (ms since the epoch). */
    removeClosedBefore: (time: number): void =>
      transact(database, () => removeExecutions(database, 'stoppedAt < ?', time)),
  };
}

const statements = (database: DatabaseSync) => ({
  insert: database.prepare(`
    INSERT INTO executions (arn, machineArn, name, status, input, startedAt, cursor, sortTime)
    VALUES (?, ?, ?, 'RUNNING', ?, ?, ?, ?)`),
  moveTo: database.prepare('UPDATE executions SET cursor = ? WHERE id = ?'),
  close: database.prepare(`
    UPDATE executions SET status = ?, output = ?, error = ?, cause = ?, stoppedAt = ?, sortTime = ?
    WHERE id = ?`),
  addEvent: database.prepare('INSERT INTO history VALUES (?, ?, ?, ?, ?)'),
});
