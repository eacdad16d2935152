/** Runs readers concurrently, and each writer alone. */
interface ReadWriteLock {
  shared<T>(task: () => Promise<T>): Promise<T>;
  exclusive<T>(task: () => Promise<T>): Promise<T>;
}

/**
 * Creates a fair lock: tasks start in the order of the calls, so neither readers nor writers starve. A reader that
 * arrives while a writer waits starts after that writer.
 */
export function createReadWriteLock(): ReadWriteLock {
  const waiting: { readonly exclusive: boolean; readonly start: () => void }[] = [];
  let readers = 0;
  let writing = false;

  function startNext(): void {
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (writing || (next.exclusive && readers > 0)) return;
      waiting.shift();
      if (next.exclusive) writing = true;
      else readers += 1;
      next.start();
    }
  }

  async function run<T>(exclusive: boolean, task: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      waiting.push({ exclusive, start });
      startNext();
    });
    try {
      return await task();
    } finally {
      if (exclusive) writing = false;
      else readers -= 1;
      startNext();
    }
  }

  return { shared: (task) => run(false, task), exclusive: (task) => run(true, task) };
}
