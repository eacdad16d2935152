import type { Task } from './task.ts';

const RETRY_MS = 1_000;

/** Saves records of tasks, now or as soon as it can be done. */
interface DeferredSaves {
  /** Never throws: that a record cannot be stored must not keep a task from going on, or from ending. */
  save(taskId: string, task: Task): void;
  /** Tries a last time. What is left is as after a crash: the next start ends those tasks. */
  close(): void;
}

/** Where a record cannot be stored, as on a full disk, its latest state is tried again each second. */
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
