import type { DatabaseSync } from 'node:sqlite';
import { type Page, readDocument } from './documents.ts';
import type { LeftoverContainer } from './runner.ts';
import { definitionOf, type Task } from './task.ts';

interface TaskFilter {
  readonly cluster: string;
  readonly desiredStatus: string;
  readonly family: string | undefined;
  readonly startedBy: string | undefined;
}

/** The operations on tasks in the database. */
export function taskRecords(database: DatabaseSync) {
  const insert = database.prepare(
    `INSERT INTO tasks (id, cluster, family, started_by, desired_status, last_status, document)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = database.prepare(
    'UPDATE tasks SET desired_status = ?, last_status = ?, stopped_at = ?, document = ? WHERE id = ?',
  );
  const get = database.prepare('SELECT cluster, document FROM tasks WHERE id = ?');
  const unfinished = database.prepare(`SELECT id, document FROM tasks WHERE last_status <> 'STOPPED'`);
  return {
    insertTask: (id: string, cluster: string, task: Task) =>
      void insert.run(
        id,
        cluster,
        definitionOf(task).family,
        task.startedBy ?? null,
        task.desiredStatus,
        task.lastStatus,
        JSON.stringify(task),
      ),
    updateTask: (id: string, task: Task) =>
      void update.run(task.desiredStatus, task.lastStatus, task.stoppedAt ?? null, JSON.stringify(task), id),
    getTask(id: string): { readonly cluster: string; readonly task: Task } | undefined {
      const row = get.get(id);
      const task: Task | undefined = readDocument(row?.document);
      return task && { cluster: String(row?.cluster), task };
    },
    unfinishedTasks: () =>
      unfinished.all().flatMap((row) => {
        const task: Task | undefined = readDocument(row.document);
        return task ? [{ id: String(row.id), task }] : [];
      }),
    listTasks(filter: TaskFilter, page: Page<number>): { readonly position: number; readonly id: string }[] {
      const conditions = ['cluster = ?', 'desired_status = ?', 'seq > ?'];
      const values: (string | number)[] = [filter.cluster, filter.desiredStatus, page.after ?? 0];
      for (const [column, value] of [
        ['family', filter.family] as const,
        ['started_by', filter.startedBy] as const,
      ]) {
        if (value === undefined) continue;
        conditions.push(`${column} = ?`);
        values.push(value);
      }
      const sql = `SELECT seq, id FROM tasks WHERE ${conditions.join(' AND ')} ORDER BY seq LIMIT ?`;
      const rows = database.prepare(sql).all(...values, page.limit);
      return rows.map((row) => ({ position: Number(row.seq), id: String(row.id) }));
    },
  };
}

/** The operations on the containers in the database that may still have processes or files on the host. */
export function containerRecords(database: DatabaseSync) {
  const insert = database.prepare('INSERT INTO containers (task_id, name, metadata_id) VALUES (?, ?, ?)');
  const setHandle = database.prepare('UPDATE containers SET handle = ? WHERE task_id = ? AND name = ?');
  const forget = database.prepare('DELETE FROM containers WHERE task_id = ?');
  const all = database.prepare('SELECT task_id, metadata_id, handle FROM containers');
  return {
    /** Must be called before a container starts, so that the container is on record after a crash. */
    insertContainer: (taskId: string, name: string, metadataId: string) =>
      void insert.run(taskId, name, metadataId),
    setHandle: (taskId: string, name: string, handle: string) => void setHandle.run(handle, taskId, name),
    forgetContainers: (taskId: string) => void forget.run(taskId),
    leftoverContainers: (): LeftoverContainer[] =>
      all.all().map((row) => ({
        taskId: String(row.task_id),
        metadataId: String(row.metadata_id),
        handle: typeof row.handle === 'string' ? row.handle : undefined,
      })),
  };
}
