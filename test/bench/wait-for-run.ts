import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../../shared/client/client.ts';

/** Polls a run until it ends. @throws Error if it does not succeed */
export async function waitForRun(client: Client, id: string, pollMs = 100): Promise<void> {
  for (;;) {
    const { state, messages } = await client.runs.get(id);
    if (state === 'SUCCESS') return;
    if (state !== 'PENDING' && state !== 'RUNNING') {
      throw new Error(`run ${id} is ${state}: ${messages?.join(' ')}`);
    }
    await pause(pollMs);
  }
}
