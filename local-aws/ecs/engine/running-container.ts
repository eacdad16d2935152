import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { ContainerError, type RunningContainer } from '../runner.ts';
import { EngineError } from './api.ts';
import type { ContainerEngine } from './container-engine.ts';
import { RETRIES, RETRY_PAUSE_MS } from './retries.ts';

interface Created {
  readonly engine: ContainerEngine;
  readonly id: string;
}

/** Most containers of tests and of quick steps end within it. */
const CLOSE_WATCH_MS = 5000;
/** Interval of Podman's checks while it waits for a container; each check takes a millisecond. */
const CLOSE_INTERVAL = '20ms';
const INTERVAL = '200ms';

/** 128 + SIGKILL, the signal with which the kernel ends a program that is out of memory. */
const KILLED = 137;
/** Fargate's wording. */
const OUT_OF_MEMORY = 'OutOfMemoryError: container killed due to memory usage';

const inspection = z.object({ State: z.object({ OOMKilled: z.boolean().default(false) }) });

/**
 * A container that was started.
 *
 * @param memoryRanOut whether the task's memory limit was reached, because engines do not see what that limit kills
 */
export function runningContainer(
  created: Created,
  imageDigest: string,
  memoryRanOut: () => Promise<boolean>,
): RunningContainer {
  let killed = false;
  const exited = exitCodeOf(created);
  exited.catch(() => {});
  return {
    // Only for diagnosis. Recovery after a crash uses labels.
    handle: JSON.stringify({ container: created.id }),
    imageDigest,
    exited,
    async endReason() {
      if (killed || (await exited) !== KILLED) return undefined;
      return (await ranOutOfMemory(created)) || (await memoryRanOut()) ? OUT_OF_MEMORY : undefined;
    },
    signal(signal) {
      killed ||= signal === 'SIGKILL';
      void sendSignal(created, signal);
    },
  };
}

/** Retries, because no caller does. For a container that ended, the engine reports a conflict, which is ignored. */
async function sendSignal({ engine, id }: Created, signal: NodeJS.Signals): Promise<void> {
  for (let tries = 0; tries <= RETRIES; tries += 1) {
    try {
      await engine.api.call({ method: 'POST', path: `/containers/${id}/kill`, query: { signal } });
      return;
    } catch (error) {
      if (error instanceof EngineError && (error.status === 404 || error.status === 409)) return;
      await delay(RETRY_PAUSE_MS);
    }
  }
}

/** @throws ContainerError when the engine cannot report the exit code */
export async function exitCodeOf(created: Created): Promise<number> {
  for (let failures = 0, closely = true; ; ) {
    try {
      const exitCode = await waitFor(created, closely);
      if (exitCode !== undefined) return exitCode;
      [failures, closely] = [0, false];
    } catch (error) {
      failures += 1;
      const gone = error instanceof EngineError && error.status === 404;
      if (gone || failures > RETRIES) {
        const said = error instanceof Error ? error.message : String(error);
        throw new ContainerError('CannotInspectContainerError', `${created.engine.description}: ${said}`);
      }
      await delay(RETRY_PAUSE_MS);
    }
  }
}

/** @returns undefined when it still runs after the period of close polling */
async function waitFor({ engine, id }: Created, closely: boolean): Promise<number | undefined> {
  const { api, machine } = engine;
  if (!machine.libpod) {
    const response = await api.call({ method: 'POST', path: `/containers/${id}/wait`, timeoutMs: 0 });
    return z.object({ StatusCode: z.int() }).parse(response).StatusCode;
  }
  const query = { condition: 'stopped', interval: closely ? CLOSE_INTERVAL : INTERVAL };
  const signal = closely ? AbortSignal.timeout(CLOSE_WATCH_MS) : undefined;
  try {
    const path = `/libpod/containers/${id}/wait`;
    return z
      .int()
      .min(0)
      .parse(await api.call({ method: 'POST', path, query, timeoutMs: 0, ...(signal ? { signal } : {}) }));
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/** Podman 4.3 with cgroups of version 1 always reports false. */
async function ranOutOfMemory({ engine, id }: Created): Promise<boolean> {
  const response = await engine.api
    .call({ method: 'GET', path: `/containers/${id}/json` })
    .catch(() => undefined);
  return inspection.safeParse(response).data?.State.OOMKilled ?? false;
}
