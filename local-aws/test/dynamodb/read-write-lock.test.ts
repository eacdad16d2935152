import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createReadWriteLock } from '../../dynamodb/read-write-lock.ts';

describe('the reader/writer lock', () => {
  it('runs readers concurrently and writers alone, in the order of their calls', async () => {
    const lock = createReadWriteLock();
    const events: string[] = [];
    const task = (name: string) => async () => {
      events.push(`${name} starts`);
      await turn();
      await turn();
      events.push(`${name} ends`);
    };

    await Promise.all([
      lock.shared(task('reader 1')),
      lock.shared(task('reader 2')),
      lock.exclusive(task('writer')),
      lock.shared(task('reader 3')),
    ]);

    expect(events).toEqual([
      'reader 1 starts',
      'reader 2 starts',
      'reader 1 ends',
      'reader 2 ends',
      'writer starts',
      'writer ends',
      'reader 3 starts',
      'reader 3 ends',
    ]);
  });

  it('is released after a task that failed', async () => {
    const lock = createReadWriteLock();

    const failed = lock.exclusive(() => Promise.reject(new Error('no')));

    await expect(failed).rejects.toThrow('no');
    await expect(lock.shared(async () => 'read')).resolves.toBe('read');
    await expect(lock.exclusive(async () => 'written')).resolves.toBe('written');
  });
});
