import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { isTransient } from './failure.ts';
import { readText, send } from './http.ts';
import { fields, list, readJson } from './protocol-reader.ts';

/**
 * Pauses between requests to the metadata endpoint: short at first, then growing (AWS allows no more than 40 a
 * second).
 */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;
const PAUSE_GROWTH = 1.5;
/** A step's container that has not started after this time never will: its image cannot be pulled or is missing. */
const START_LIMIT_MS = 15 * 60_000;
/** A container stops seconds after its script ended; after this time its stop counts as not reported. */
const END_LIMIT_MS = 5 * 60_000;
/** Maximum size of the metadata; for a task with ten containers they are about 20 kB. */
const METADATA_BYTES = 1024 * 1024;

export type StepEnd =
  | {
      readonly kind: 'exited';
      /** Null when the container stopped without one: it could not be started. */
      readonly exitCode: number | null;
      /** Whether the shell of the image ran: it first writes the marker file `begun`. */
      readonly begun: boolean;
      readonly startedAt: Date | undefined;
      readonly finishedAt: Date | undefined;
    }
  /**
   * Stopped from outside, running longer than allowed, not started within 15 minutes, or not reported as stopped
   * within 5 minutes of the script's end.
   */
  | { readonly kind: 'stopped' | 'deadline' | 'not-started' | 'not-stopped' };

/**
 * Waits until the container of a step is STOPPED, for which only the task metadata endpoint is authoritative (AWS ECS,
 * "task metadata endpoint version 4"). The marker file that the script leaves in `log/end` only triggers a request at
 * the right moment and bounds the wait from then on. A step that writes this file itself can only make itself fail.
 *
 * @param options.container name of the step's container
 * @param options.stop aborted when the task is being stopped
 */
export async function waitForStep(options: {
  readonly metadata: string;
  readonly container: string;
  readonly log: string;
  readonly deadlineSeconds: number;
  readonly stop: AbortSignal;
}): Promise<StepEnd> {
  const { metadata, container, stop, deadlineSeconds } = options;
  const bell = createBell();
  const unwatch = watchForMark(options.log, () => bell.ring());
  const ring = () => bell.ring();
  stop.addEventListener('abort', ring);
  const since = performance.now();
  let running: number | undefined;
  let marked: number | undefined;
  let begun = false;
  try {
    for (let pause = FIRST_PAUSE_MS; ; ) {
      if (stop.aborted) return { kind: 'stopped' };
      const step = await lookAtStep(metadata, container);
      if (step?.killed) return { kind: 'stopped' };
      // The step may remove the marker file later.
      begun ||= hasBegun(options.log);
      if (step?.stopped) return { kind: 'exited', ...step, begun };
      const now = performance.now();
      if (step?.started) running ??= now;
      if (running === undefined && now - since > START_LIMIT_MS) return { kind: 'not-started' };
      if (isMarked(options.log)) marked ??= now;
      if (marked !== undefined && now - marked > END_LIMIT_MS) return { kind: 'not-stopped' };
      const left = running === undefined ? LONGEST_PAUSE_MS : running + deadlineSeconds * 1000 - now;
      if (left <= 0) return { kind: 'deadline' };
      const early = await bell.wait(Math.min(pause, left));
      pause = early ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pause * PAUSE_GROWTH);
    }
  } finally {
    stop.removeEventListener('abort', ring);
    unwatch();
  }
}

/** Returns the endpoint's report about the step's container; undefined before there is one. */
async function lookAtStep(metadata: string, container: string) {
  let body: string;
  try {
    const response = await send(`${metadata}/task`, { method: 'GET', headers: {} });
    if (response.statusCode !== 200) {
      response.destroy();
      return undefined;
    }
    body = await readText(response, METADATA_BYTES);
  } catch (error) {
    if (isTransient(error)) return undefined;
    throw error;
  }
  const task = fields(readJson(body, 'task metadata'), 'task metadata');
  const step = list(task.Containers, 'container', fields).find(({ Name }) => Name === container);
  if (!step) return undefined;
  const stopped = step.KnownStatus === 'STOPPED';
  return {
    stopped,
    // ECS stops the step before the warden: the exit code is then that of the signal, not the step's own.
    killed: stopped && task.DesiredStatus === 'STOPPED' && step.ExitCode !== 0,
    started: stopped || step.KnownStatus === 'RUNNING',
    exitCode: typeof step.ExitCode === 'number' ? step.ExitCode : null,
    startedAt: dateOf(step.StartedAt),
    finishedAt: dateOf(step.FinishedAt),
  };
}

function dateOf(value: unknown): Date | undefined {
  const date = new Date(typeof value === 'string' ? value : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

const hasBegun = (log: string): boolean => existsSync(join(log, 'begun')) || isMarked(log);

const isMarked = (log: string): boolean => existsSync(join(log, 'end', 'mark'));

/**
 * Calls `found` once when the script writes its marker file, or immediately if it already exists. Returns a function
 * that stops watching.
 */
function watchForMark(log: string, found: () => void): () => void {
  const folder = join(log, 'end');
  try {
    const watcher = watch(folder, () => {
      watcher.close();
      found();
    });
    // If a step removes the folder, its end is noticed later.
    watcher.on('error', () => watcher.close());
    if (isMarked(log)) found();
    return () => watcher.close();
  } catch {
    return () => {};
  }
}

/** A pause that can be cut short. A ring before the pause cuts the next one. */
function createBell() {
  let rung = false;
  let wake = () => {};
  return {
    ring(): void {
      rung = true;
      wake();
    },
    /** True when the pause was cut short. */
    async wait(milliseconds: number): Promise<boolean> {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const early = rung;
      rung = false;
      return early;
    },
  };
}
