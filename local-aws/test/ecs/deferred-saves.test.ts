import { expect, it } from 'vitest';
import { createDeferredSaves } from '../../ecs/deferred-saves.ts';
import type { Task } from '../../ecs/task.ts';

const task = (version: number) => ({ version }) as Task;

it('a record that cannot be stored is stored later, in its latest state and once', async () => {
  const stored: [string, number][] = [];
  let full = true;
  const saves = createDeferredSaves((taskId, { version }) => {
    if (full) throw new Error('database or disk is full');
    stored.push([taskId, version]);
  });
  saves.save('a', task(1));
  saves.save('a', task(2));
  saves.save('b', task(1));
  full = false;
  await expect
    .poll(() => stored, { timeout: 5_000 })
    .toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  saves.save('a', task(3));
  expect(stored.at(-1)).toEqual(['a', 3]);
  saves.close();
  expect(stored).toHaveLength(3);
});
