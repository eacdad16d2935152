import type { Task } from './task.ts';

const RETRY_MS = 1_000;

/** Saves records of tasks, now or as soon as possible. */
interface DeferredSaves {
  /** Never throws: a task must continue and end even if its record cannot be stored. */
  save(taskId: string, task: Task): void;
  /** Makes a last attempt. Records that still fail are handled as after a crash: the next start ends those tasks. */
  close(): void;
}

/** Creates the saves. If a record cannot be stored, as on a full disk, they retry its latest state each second. */
export function createDeferredSaves(save: (taskId: string, task: Task) => void): DeferredSaves {
  const waiting = new Map<string, Task>();
  let timer: NodeJS.Timeout | undefined;
  const saveAll = () => {
    timer = undefined;
    for (const [taskId, task] of waiting) {
      try {
        save(taskId, task);
        waiting.delete(taskId);
      } catch {
        timer ??= setTimeout(saveAll, RETRY_MS).unref();
      }
    }
  };
  return {
    save(taskId, task) {
      waiting.set(taskId, task);
      if (timer === undefined) saveAll();
    },
    close() {
      clearTimeout(timer);
      saveAll();
      clearTimeout(timer);
    },
  };
}
