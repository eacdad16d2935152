import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../../shared/config.ts';
import { createServices } from '../../shared/services/services.ts';
import { calls } from './calls.ts';
import { coldStarts } from './cold-starts.ts';
import type { Figure } from './figure.ts';
import { isolatedRuns } from './isolated-runs.ts';
import { leaderboard } from './leaderboard.ts';
import { describeMachine, load } from './machine.ts';
import type { Bench, Measurement } from './measurement.ts';
import { polling } from './polling.ts';
import type { Report } from './report.ts';
import { requests } from './requests.ts';
import { runners } from './runners.ts';
import { runs } from './runs.ts';
import { startServer } from './server.ts';
import { fullSizes, quickSizes } from './sizes.ts';
import { transfer } from './transfer.ts';

/** In the order in which they run. Calls come first, as the counts should show a server that did nothing yet. */
const measurements: readonly Measurement[] = [
  calls,
  requests,
  runs,
  transfer,
  leaderboard,
  isolatedRuns,
  coldStarts,
  polling,
  runners,
];

/** An idle server settles for this time before its memory is read. */
const SETTLE_MS = 2_000;

export interface BenchOptions {
  /** Names of measurements; all of them when empty. */
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly say: (line: string) => void;
}

/**
 * Measures a server on fresh data that runs as `npm start` does.
 *
 * @throws Error for an unknown measurement, and if the server does not do what is measured
 */
export async function bench({ only, quick, say }: BenchOptions): Promise<Report> {
  const unknown = only.find((name) => !measurements.some((measurement) => measurement.name === name));
  if (unknown !== undefined) {
    const names = measurements.map(({ name }) => name).join(', ');
    throw new Error(`measurement '${unknown}' does not exist; choose among ${names}`);
  }
  const chosen = measurements.filter(({ name }) => only.length === 0 || only.includes(name));
  const loadBefore = load();
  const server = await startServer('together');
  try {
    const services = createServices(readConfig(server.operator));
    const sizes = quick ? quickSizes : fullSizes;
    const figures = await measureAll({ server, services, sizes, say }, chosen);
    return { at: new Date().toISOString(), quick, machine: describeMachine(loadBefore), figures };
  } finally {
    await server.close();
  }
}

/** Runs the measurements one after the other, and measures the server's memory around them. */
async function measureAll(running: Bench, chosen: readonly Measurement[]): Promise<Figure[]> {
  const { usage } = running.server;
  await pause(SETTLE_MS);
  const figures: Figure[] = [{ name: 'memory of the server at rest', value: usage.memory(), unit: 'MB' }];
  let peak = 0;
  for (const { name, measure } of chosen) {
    running.say(name);
    figures.push(...(await measure(running)));
    // Measurements reset the kernel's own count.
    peak = Math.max(peak, usage.peak());
  }
  return [...figures, { name: 'memory of the server at its peak', value: peak, unit: 'MB' }];
}
