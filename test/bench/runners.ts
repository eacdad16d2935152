import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../../shared/client/client.ts';
import { readConfig } from '../../shared/config.ts';
import { createServices } from '../../shared/services/services.ts';
import { images, loadImages } from '../containers/images.ts';
import { engineSettings, startPodman } from '../containers/podman.ts';
import { type Figure, median } from './figure.ts';
import type { Measurement } from './measurement.ts';
import { prepareRuns, runAlone, runMany, STEPS, timed } from './runs.ts';
import { startServer } from './server.ts';

type Runner = 'process' | 'sandbox' | 'engine';

/** Milliseconds that a step may take longer than a plain process. */
const TARGETS = { sandbox: 50, engine: 600 } as const;
const REST_MS = 300;

/** A server whose steps one runner starts, and a group there. */
interface Contender {
  readonly runner: Runner;
  readonly client: Client;
  readonly group: string;
}

interface Times {
  readonly runner: Runner;
  /** Milliseconds of a run. */
  readonly alone: number;
  readonly atOnce: number;
}

/** Runs of two empty steps under each available runner, in turn, so that the load of the host affects all alike. */
export const runners: Measurement = {
  name: 'runners',
  async measure({ sizes, say }) {
    const opened = new AsyncDisposableStack();
    try {
      const contenders: Contender[] = [];
      for (const runner of ['process', 'sandbox', 'engine'] as const) {
        say(`starting a server with the runner ${runner}`);
        try {
          contenders.push(await contender(runner, opened));
        } catch (error) {
          say(`the runner ${runner} is skipped: ${error instanceof Error ? error.message : error}`);
        }
      }
      const count = sizes.runsAtOnce[0];
      const times = await inTurn(contenders, { repetitions: sizes.runsAlone, count, say });
      return figuresOf(times, count);
    } finally {
      await opened.disposeAsync();
    }
  },
};

async function contender(runner: Runner, opened: AsyncDisposableStack): Promise<Contender> {
  const settings = runner === 'engine' ? await engine(opened) : { FLOWSERV_RUNNER: runner };
  const server = opened.adopt(await startServer('together', settings), (started) => started.close());
  const services = createServices(readConfig(server.operator));
  return { runner, ...(await prepareRuns(server, services)) };
}

/** A separate engine, so that the host's is not changed, and nothing is pulled. */
async function engine(opened: AsyncDisposableStack): Promise<Readonly<Record<string, string>>> {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-engine-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  const podman = await startPodman(join(folder, 'podman'), {});
  opened.defer(() => podman.close());
  await loadImages(podman, join(folder, 'images'), [images.alpine]);
  return engineSettings(podman);
}

async function inTurn(
  contenders: readonly Contender[],
  { repetitions, count, say }: { repetitions: number; count: number; say(line: string): void },
): Promise<Times[]> {
  const alone = new Map<Runner, number[]>(contenders.map(({ runner }) => [runner, []]));
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    say(`run alone under each runner, ${repetition} of ${repetitions}`);
    for (const { runner, client, group } of contenders) {
      alone.get(runner)?.push(await timed(() => runAlone(client, group)));
      await pause(REST_MS);
    }
  }
  const times: Times[] = [];
  for (const { runner, client, group } of contenders) {
    say(`${count} concurrent runs under the runner ${runner}`);
    const atOnce = await timed(() => runMany(client, group, count));
    times.push({ runner, alone: median(alone.get(runner) ?? []), atOnce });
  }
  return times;
}

function figuresOf(times: readonly Times[], count: number): Figure[] {
  const process = times.find(({ runner }) => runner === 'process');
  return times.flatMap(({ runner, alone, atOnce }): Figure[] => {
    const figures: Figure[] = [
      { name: `runner ${runner}: run of two empty steps alone`, value: alone, unit: 'ms' },
      { name: `runner ${runner}: ${count} runs at once`, value: atOnce / 1000, unit: 's' },
    ];
    if (!process || runner === 'process') return figures;
    return [
      ...figures,
      {
        name: `runner ${runner}: over processes, for one step`,
        value: (alone - process.alone) / STEPS.length,
        unit: 'ms',
        target: { atMost: TARGETS[runner] },
      },
      { name: `runner ${runner}: run alone, times processes`, value: alone / process.alone, unit: 'x' },
      { name: `runner ${runner}: runs at once, times processes`, value: atOnce / process.atOnce, unit: 'x' },
    ];
  });
}
