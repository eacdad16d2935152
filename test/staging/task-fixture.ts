import { afterEach } from 'vitest';
import type { StepStatus, TreeEntry } from '../../shared/staging/protocol.ts';
import { createTask, sha256, type Task, type TaskOptions } from './task.ts';

/**
 * Prepares tasks for the tests of a file, and closes them after each test.
 *
 * @returns a function that prepares a task
 */
export function useTasks(): (options: TaskOptions) => Promise<Task> {
  const tasks: Task[] = [];
  afterEach(async () => {
    await Promise.all(tasks.splice(0).map((task) => task.close()));
  });
  return async (options) => {
    const task = await createTask(options);
    tasks.push(task);
    return task;
  };
}

/** Runs a task's commands and returns the entries of the next manifest by path, and the status. */
export async function treeOf(task: Task) {
  const { status } = await task.run();
  const entries: readonly TreeEntry[] = status.failure ? [] : (await task.manifest()).entries;
  return { task, status, tree: Object.fromEntries(entries.map((entry) => [entry.path, entry])) };
}

/** The sentences of a step's warnings. */
export const textsOf = ({ warnings }: Pick<StepStatus, 'warnings'>): string[] =>
  warnings.map(({ message }) => message);

/** Expected members of the entry of a new or changed file. */
export const changed = (text: string) => ({
  sha256: sha256(text),
  source: { kind: 'tree', id: sha256(text) },
});
/** Expected members of the entry of an unchanged file. */
export const unchanged = (path: string) => ({ source: { kind: 'input', id: path } });
