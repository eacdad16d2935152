import { expect, it } from 'vitest';
import { createTurns } from '../../shared/users/hash-turns.ts';
import { hashPassword } from '../../shared/users/password.ts';

const cheap = { N: 2 ** 10, r: 8, p: 1 };

/** Work that the test ends. */
function heldWork() {
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const work = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
  };
  const endAll = async () => {
    while (ends.length > 0 || running > 0) {
      ends.shift()?.();
      await new Promise(setImmediate);
    }
  };
  return { work, endAll, most: () => most };
}

it('a limited number of tasks run and wait, and further tasks are rejected immediately', async () => {
  const { work, endAll, most } = heldWork();
  const inTurn = createTurns({ atOnce: 2, waiting: 3, patienceMs: 60_000 });
  const outcomes = Promise.allSettled(Array.from({ length: 9 }, () => inTurn(work)));
  await endAll();
  const settled = await outcomes;
  expect(settled.map(({ status }) => status)).toEqual([
    ...Array(5).fill('fulfilled'),
    ...Array(4).fill('rejected'),
  ]);
  expect(most()).toBe(2);
  for (const outcome of settled.slice(5)) {
    expect(outcome).toMatchObject({ reason: { status: 429, code: 'auth.busy', retryAfter: 3 } });
  }
  await expect(inTurn(async () => 'next')).resolves.toBe('next');
});

it('a task that fails passes its turn to the next one', async () => {
  const inTurn = createTurns({ atOnce: 1, waiting: 1, patienceMs: 60_000 });
  const failing = inTurn(() => Promise.reject(new Error('no')));
  const next = inTurn(async () => 'done');
  await expect(failing).rejects.toThrow('no');
  await expect(next).resolves.toBe('done');
});

it('a task that waits too long is rejected, and the others keep their turns', async () => {
  const { work, endAll } = heldWork();
  const inTurn = createTurns({ atOnce: 1, waiting: 2, patienceMs: 1 });
  const first = inTurn(work);
  await expect(inTurn(work)).rejects.toMatchObject({ status: 429, code: 'auth.busy' });
  const last = endAll()
    .then(() => first)
    .then(() => inTurn(async () => 'last'));
  await expect(last).resolves.toBe('last');
});

it('two passwords are hashed at a time, and sixteen may wait', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => hashPassword('pwd', cheap)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(18);
});
