import { afterAll, beforeAll } from 'vitest';

/**
 * Runs something for the tests of a file, or of the `describe` that calls this: it starts before their later `beforeAll`
 * hooks, and is closed after their later `afterAll` hooks.
 *
 * @returns what runs, which can be used only in hooks and tests
 */
export function useRunning<T extends object>(
  start: () => Promise<T>,
  close: (running: T) => Promise<void>,
): T {
  let running: T | undefined;
  beforeAll(async () => {
    running = await start();
  });
  afterAll(async () => {
    if (running) await close(running);
  });
  const current = (): T => {
    if (!running) throw new Error('it runs only during hooks and tests');
    return running;
  };
  return new Proxy({} as T, {
    get: (_target, name) => Reflect.get(current(), name),
    ownKeys: () => Reflect.ownKeys(current()),
    getOwnPropertyDescriptor(_target, name) {
      const property = Reflect.getOwnPropertyDescriptor(current(), name);
      return property && { ...property, configurable: true };
    },
  });
}
