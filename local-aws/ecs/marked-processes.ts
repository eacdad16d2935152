import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { METADATA_VARIABLE } from './runner.ts';

/** Maximum number of searches: a process may start another one during a search, and only the next one finds it. */
const MAX_ROUNDS = 10;
const ROUND_PAUSE_MS = 20;

/**
 * Kills every process whose environment contains the metadata id of one of the given containers, also if it left the
 * container's process group (`setsid`). The id cannot be guessed, so other processes are never killed. Linux only: on
 * other systems, the environment of a process is not visible, and processes that left their group keep running.
 */
export async function killMarkedProcesses(metadataIds: ReadonlySet<string>): Promise<void> {
  if (process.platform !== 'linux' || metadataIds.size === 0) return;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
    const found = await Promise.all(pids.map(async (pid) => metadataIds.has(await markOf(pid))));
    const marked = pids.filter((pid, index) => found[index] && pid !== process.pid);
    if (marked.length === 0) return;
    for (const pid of marked) killIfMarked(pid, metadataIds);
    await delay(ROUND_PAUSE_MS);
  }
}

async function markOf(pid: number): Promise<string> {
  try {
    return readMark(await readFile(`/proc/${pid}/environ`, 'latin1'));
  } catch {
    return '';
  }
}

/** Checks again right before the kill, because another process may have the same id now. */
function killIfMarked(pid: number, metadataIds: ReadonlySet<string>): void {
  try {
    if (metadataIds.has(readMark(readFileSync(`/proc/${pid}/environ`, 'latin1'))))
      process.kill(pid, 'SIGKILL');
  } catch {
    // The process already ended.
  }
}

/** Returns the last part of the metadata URI in an environment block, or an empty string. */
function readMark(environment: string): string {
  const start = `${METADATA_VARIABLE}=`;
  const entry = environment.split('\0').find((line) => line.startsWith(start));
  return entry?.slice(entry.lastIndexOf('/') + 1) ?? '';
}

/**
 * Collects the ids of tasks that end at about the same time, so that twenty tasks cost one search of the process table
 * and not twenty.
 */
export function batchedKill(kill = killMarkedProcesses): (metadataIds: Iterable<string>) => Promise<void> {
  let waiting: { readonly ids: Set<string>; readonly done: Promise<void> } | undefined;
  return (metadataIds) => {
    if (!waiting) {
      const ids = new Set<string>();
      const done = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        waiting = undefined;
        return kill(ids);
      });
      waiting = { ids, done };
    }
    for (const id of metadataIds) waiting.ids.add(id);
    return waiting.done;
  };
}
