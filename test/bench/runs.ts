import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../../shared/client/client.ts';
import type { Services } from '../../shared/services/services.ts';
import { images } from '../containers/images.ts';
import { type Figure, median } from './figure.ts';
import type { Bench, Measurement } from './measurement.ts';
import { install, participant } from './participant.ts';
import type { Server } from './server.ts';
import { waitForRun } from './wait-for-run.ts';

export const STEPS = ['true', 'true'];
/** Interval for polling a single run; it adds half of it to the result. */
const POLL_ALONE_MS = 20;
/** Interval of polling many runs with one list. */
const POLL_LIST_MS = 250;
/** A single run must not wait for another; the work after the previous run has this time to end. */
const REST_MS = 300;

const TEMPLATE = `workflow:
  files: {outputs: []}
  steps:
${STEPS.map(
  (command, index) => `    - name: step ${index + 1}
      action: {environment: '${images.alpine}', commands: ['${command}']}
`,
).join('')}`;

/** Runs of two empty steps, from the request to SUCCESS, compared with the same commands run bare. */
export const runs: Measurement = {
  name: 'runs',
  measure: (bench) => measureRuns(bench, ''),
};

/** @param where suffix of the figures' names */
export async function measureRuns({ server, services, sizes, say }: Bench, where: string): Promise<Figure[]> {
  const { client, group } = await prepareRuns(server, services);
  const figures = await alone(client, group, sizes.runsAlone, { say, where });
  for (const count of sizes.runsAtOnce) {
    say(`${count} runs at once${where}`);
    figures.push(...(await atOnce(server, client, group, { count, where })));
  }
  return figures;
}

/** A group of participants of the measured workflow; its first run ended. */
export async function prepareRuns({ url }: Pick<Server, 'url'>, services: Services) {
  const id = await install(services, 'Empty', TEMPLATE);
  const { client } = await participant(url);
  const group = (await client.groups.create(id, { name: 'Runs' })).id;
  await runAlone(client, group);
  return { client, group };
}

async function alone(
  client: Client,
  group: string,
  repetitions: number,
  { say, where }: { say: Bench['say']; where: string },
): Promise<Figure[]> {
  const times: number[] = [];
  const bare: number[] = [];
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    say(`run alone${where}, ${repetition} of ${repetitions}`);
    bare.push(await timed(runBare));
    times.push(await timed(() => runAlone(client, group)));
    await pause(REST_MS);
  }
  const over = (median(times) - median(bare)) / STEPS.length;
  return [
    { name: `two empty steps bare${where}`, value: median(bare), unit: 'ms' },
    { name: `run of two empty steps alone${where}`, value: median(times), unit: 'ms' },
    { name: `run alone${where}: over bare, for one step`, value: over, unit: 'ms', target: { atMost: 300 } },
  ];
}

async function atOnce(
  server: Server,
  client: Client,
  group: string,
  { count, where }: { count: number; where: string },
): Promise<Figure[]> {
  const many =
    <T>(work: () => Promise<T>) =>
    () =>
      Promise.all(Array.from({ length: count }, work));
  const bare = await timed(many(runBare));
  const before = server.usage.processorTime();
  const time = await timed(() => runMany(client, group, count));
  const after = server.usage.processorTime();
  const limit = 3 * bare + 150 * count * STEPS.length;
  const perStep = (milliseconds: number) => milliseconds / (count * STEPS.length);
  return [
    { name: `${count} times two empty steps bare${where}`, value: bare, unit: 'ms' },
    {
      name: `${count} runs of two empty steps at once${where}`,
      value: time / 1000,
      unit: 's',
      target: { atMost: limit / 1000 },
    },
    {
      name: `${count} runs${where}: processor time of the server for a step`,
      value: perStep(after.own - before.own),
      unit: 'ms',
    },
    {
      name: `${count} runs${where}: processor time of its children for a step`,
      value: perStep(after.children - before.children),
      unit: 'ms',
    },
  ];
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The commands of the steps as the step's script starts them: each in its own shell. */
async function runBare(): Promise<void> {
  for (const command of STEPS) {
    const [code] = await once(spawn('/bin/sh', ['-c', command], { stdio: 'ignore' }), 'exit');
    if (code !== 0) throw new Error(`the command ${command} failed`);
  }
}

export async function runAlone(client: Client, group: string): Promise<void> {
  await waitForRun(client, (await client.runs.start(group)).id, POLL_ALONE_MS);
}

export async function runMany(client: Client, group: string, count: number): Promise<void> {
  const started = await Promise.all(Array.from({ length: count }, () => client.runs.start(group)));
  const ids = new Set(started.map(({ id }) => id));
  for (;;) {
    const states = (await client.runs.list(group)).filter(({ id }) => ids.has(id)).map(({ state }) => state);
    if (states.includes('ERROR')) throw new Error('not all runs succeeded');
    if (states.filter((state) => state === 'SUCCESS').length === count) return;
    await pause(POLL_LIST_MS);
  }
}
