import { tooMany } from '../errors.ts';

/** Seconds after which who was turned away may come again. */
const BUSY_SECONDS = 3;

interface Turns {
  /** Pieces of work at once. */
  readonly atOnce: number;
  /** Pieces of work that may wait beside them, and milliseconds for which each does. */
  readonly waiting: number;
  readonly patienceMs: number;
}

/**
 * Lets pieces of work have their turns: so many at once, and so many that wait for a while. Hashing a password takes
 * half a second of a processor and 64 MiB, and requests for it come from anybody.
 *
 * @returns does one piece of work in its turn, or throws FlowservError 429 where it does not get one
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
      // Who comes next takes this turn over, so that nobody can slip in between.
      if (next) next();
      else running -= 1;
    }
  };
}

const busy = () =>
  tooMany('auth.busy', 'too many passwords are being checked, please try again', BUSY_SECONDS);
