import { tooMany } from '../errors.ts';

/** Seconds after which a rejected caller may try again. */
const BUSY_SECONDS = 3;

interface Turns {
  /** Maximum number of concurrent tasks. */
  readonly atOnce: number;
  /** Maximum number of waiting tasks, and the milliseconds for which each may wait. */
  readonly waiting: number;
  readonly patienceMs: number;
}

/**
 * Limits concurrent work: a maximum number of running tasks, and a maximum number that wait for a limited time. Hashing
 * a password takes half a second of a processor and 64 MiB, and anyone can send requests for it.
 *
 * @returns a function that does one task in its turn, or throws FlowservError 429 if it gets none
 */
export function createTurns({ atOnce, waiting, patienceMs }: Turns) {
  const queue = new Set<() => void>();
  let running = 0;

  const turn = () =>
    new Promise<void>((resolve, reject) => {
      const leave = () => {
        queue.delete(take);
        reject(busy());
      };
      const timer = setTimeout(leave, patienceMs);
      const take = () => {
        clearTimeout(timer);
        queue.delete(take);
        resolve();
      };
      queue.add(take);
    });

  return async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running < atOnce) running += 1;
    else if (queue.size < waiting) await turn();
    else throw busy();
    try {
      return await work();
    } finally {
      const [next] = queue;
      // The next task takes over this turn, so that no other can slip in between.
      if (next) next();
      else running -= 1;
    }
  };
}

const busy = () =>
  tooMany('auth.busy', 'too many passwords are being checked, please try again', BUSY_SECONDS);
