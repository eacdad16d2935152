import { afterAll, beforeAll, vi } from 'vitest';

/** Suppresses the log of the functions, which faults fill with errors, for the tests of a file. */
export function muteLogs(): void {
  let restore = () => {};
  beforeAll(() => {
    const spy = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    restore = () => spy.mockRestore();
  });
  afterAll(() => restore());
}
