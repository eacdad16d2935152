import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../../shared/api/answers.ts';
import type { Client } from '../../shared/client/client.ts';
import { isActive } from '../../shared/runs/state.ts';

/** The end of a short run is seen immediately; a long one is polled every two seconds. */
const FIRST_INTERVAL_MS = 200;
const LONGEST_INTERVAL_MS = 2000;
const GROWTH = 1.3;

/**
 * Polls a run until it ends.
 *
 * @param onState called with the run, at the start and after each request
 */
export async function followRun(client: Client, first: Run, onState: (run: Run) => void): Promise<Run> {
  let run = first;
  for (let interval = FIRST_INTERVAL_MS; ; interval = Math.min(interval * GROWTH, LONGEST_INTERVAL_MS)) {
    onState(run);
    if (!isActive(run.state)) return run;
    await sleep(interval);
    run = await client.runs.get(run.id);
  }
}
