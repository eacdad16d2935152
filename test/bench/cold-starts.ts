import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createChildProcessFunctions } from '@flowserv/local-aws';
import { type FunctionName, functions } from '../../infra/functions.ts';
import { keptBundles } from '../../infra/local/bundles.ts';
import { accountRegion } from '../../infra/local/names.ts';
import { BROKER_PATH } from '../../shared/api/routes/broker.ts';
import { gatewayEvent, queueEvent, scheduledEvent } from '../witnesses/lambda-events.ts';
import { type Figure, median } from './figure.ts';
import type { Bench, Measurement } from './measurement.ts';

/** A function that does nothing: the time that a process and its runner take. */
const EMPTY = 'export const handler = async () => null;\n';

/**
 * An event that each function handles without any work, so that only its start is measured: it hashes no password,
 * which takes longer than a start.
 */
export function firstEvents(basePath: string): Record<FunctionName, object> {
  const request = (routeKey: string, path: string, body?: object) =>
    gatewayEvent(routeKey, routeKey === '$default' ? 'GET' : 'POST', `${basePath}${path}`, body);
  const rule = scheduledEvent('arn:aws:events:us-east-1:123456789012:rule/every-minute');
  const message = (body: object) => queueEvent('arn:aws:sqs:us-east-1:123456789012:bench', body);
  const ids = { workflowId: 'unknown', runId: '0'.repeat(32) };
  return {
    api: request('$default', '/'),
    auth: gatewayEvent(`GET ${basePath}/users/whoami`, 'GET', `${basePath}/users/whoami`),
    runs: request(`POST ${basePath}/groups/{groupId}/runs`, '/groups/unknown/runs', { arguments: [] }),
    broker: request(`POST ${basePath}/${BROKER_PATH}/inputs`, `/${BROKER_PATH}/inputs`, {}),
    'next-step': { runId: ids.runId, outcome: null },
    'settle-run': { runId: ids.runId },
    dispatch: rule,
    sweep: rule,
    archive: message(ids),
    'remote-runs': message({ ...ids, engine: 'unknown' }),
    transfer: { runId: ids.runId, phase: 'before', step: 0, attempt: 0 },
    notify: message({ ownerId: 'unknown', key: 'DELIVERY#unknown' }),
    install: message({ workflowId: 'unknown' }),
    leaderboard: message(ids),
  };
}

/** From the start of a process to its first response, in milliseconds. */
async function startOf(
  { server }: Bench,
  file: string,
  name: FunctionName | undefined,
  event: object,
): Promise<number> {
  const figures = name === undefined ? { timeoutSeconds: 30, memoryMb: 512 } : functions[name];
  const host = createChildProcessFunctions({
    ...accountRegion,
    functions: { one: { ...figures, file, environment: server.operator } },
  });
  const begun = performance.now();
  try {
    await host.invoke('one', event).catch(rejectOthers);
    return performance.now() - begun;
  } finally {
    await host.close();
  }
}

/** Functions that a state machine calls respond with an error for an unknown run; every other error is a fault. */
function rejectOthers(error: unknown): void {
  if (!(error instanceof Error && error.message.startsWith('unknown run'))) throw error;
}

/** How long callers wait for a function without a process: each bundle in the runner of `--isolate`. */
export const coldStarts: Measurement = {
  name: 'starts',
  async measure(bench) {
    const folder = mkdtempSync(join(tmpdir(), 'flowserv-starts-'));
    try {
      bench.say('bundling the functions');
      const bundles = await keptBundles(process.env.FLOWSERV_BUNDLES_DIR ?? join(folder, 'bundles'), {
        shared: true,
      });
      mkdirSync(join(folder, 'empty'));
      writeFileSync(join(folder, 'empty', 'index.mjs'), EMPTY);
      const events = firstEvents(new URL(bench.server.url).pathname.replace(/\/$/, ''));
      const measured: Figure[] = [];
      for (const name of bench.sizes.startedFunctions) {
        const file = join(bundles, name, 'index.mjs');
        const own: number[] = [];
        const ratios: number[] = [];
        for (let round = 0; round < bench.sizes.coldStarts; round += 1) {
          // One after the other, since the load of the host changes every minute.
          const bare = await startOf(bench, join(folder, 'empty', 'index.mjs'), undefined, {});
          own.push(await startOf(bench, file, name, events[name]));
          ratios.push((own.at(-1) ?? 0) / bare);
        }
        const title = `cold start of ${name}`;
        measured.push({ name: title, value: median(own), unit: 'ms' });
        measured.push({ name: `${title}: over an empty function`, value: median(ratios), unit: 'x' });
      }
      return measured;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
