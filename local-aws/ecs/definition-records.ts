import type { DatabaseSync } from 'node:sqlite';
import { type Page, readDocument } from './documents.ts';
import type { TaskDefinition } from './task-definition.ts';

/** A registered task definition. */
export interface StoredDefinition {
  readonly definition: TaskDefinition;
  readonly revision: number;
  /** A deleted revision keeps its record, so that its number is not used again. */
  readonly status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  readonly registeredAt: number;
  readonly deregisteredAt?: number;
  readonly registeredBy: string;
}

/** The operations on task definitions in the database. */
export function definitionRecords(database: DatabaseSync) {
  const put = database.prepare(
    'INSERT OR REPLACE INTO definitions (family, revision, status, document) VALUES (?, ?, ?, ?)',
  );
  const get = database.prepare('SELECT document FROM definitions WHERE family = ? AND revision = ?');
  const newest = database.prepare(
    `SELECT document FROM definitions WHERE family = ? AND status = 'ACTIVE' ORDER BY revision DESC LIMIT 1`,
  );
  const last = database.prepare('SELECT max(revision) AS revision FROM definitions WHERE family = ?');
  return {
    putDefinition: (stored: StoredDefinition) =>
      void put.run(stored.definition.family, stored.revision, stored.status, JSON.stringify(stored)),
    getDefinition: (family: string, revision?: number): StoredDefinition | undefined =>
      readDocument((revision === undefined ? newest.get(family) : get.get(family, revision))?.document),
    /** The last revision number of a family, 0 for a new one; numbers of deregistered revisions are not reused. */
    lastRevision: (family: string) => Number(last.get(family)?.revision ?? 0),
    listDefinitions(
      filter: { readonly family: string | undefined; readonly status: string; readonly descending: boolean },
      page: Page<{ readonly family: string; readonly revision: number }>,
    ): { readonly family: string; readonly revision: number }[] {
      const order = filter.descending ? 'DESC' : 'ASC';
      const conditions = ['status = ?'];
      const values: (string | number)[] = [filter.status];
      if (filter.family !== undefined) {
        conditions.push('family = ?');
        values.push(filter.family);
      }
      if (page.after) {
        conditions.push(`(family, revision) ${filter.descending ? '<' : '>'} (?, ?)`);
        values.push(page.after.family, page.after.revision);
      }
      const sql = `SELECT family, revision FROM definitions WHERE ${conditions.join(' AND ')}
        ORDER BY family ${order}, revision ${order} LIMIT ?`;
      const rows = database.prepare(sql).all(...values, page.limit);
      return rows.map((row) => ({ family: String(row.family), revision: Number(row.revision) }));
    },
  };
}
