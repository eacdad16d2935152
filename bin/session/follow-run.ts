import type { Run } from '../../shared/api/answers.ts';
import type { Client } from '../../shared/client/client.ts';

/** A line with the time that passed is renewed this often. */
const TICK_MS = 1000;

/**
 * Follows a run until it ends.
 *
 * @param onState called with the run: at the start, whenever it changed, and each second in between
 */
export async function followRun(client: Client, first: Run, onState: (run: Run) => void): Promise<Run> {
  let run = first;
  onState(run);
  const ticks = setInterval(() => onState(run), TICK_MS);
  try {
    return await client.runs.follow(first.id, (changed) => {
      run = changed;
      onState(run);
    });
  } finally {
    clearInterval(ticks);
  }
}
