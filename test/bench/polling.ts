import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../../shared/client/client.ts';
import { readConfig } from '../../shared/config.ts';
import { isActive } from '../../shared/runs/state.ts';
import { createServices } from '../../shared/services/services.ts';
import { stepRunner } from '../step-runner.ts';
import type { Figure } from './figure.ts';
import type { Measurement } from './measurement.ts';
import { install, participant } from './participant.ts';
import { type Server, startServer } from './server.ts';

/**
 * Requests and reads of the table while one client follows a run: with requests for the whole handle, as clients of
 * flowServ poll, and as `runs start --wait` does, with a server that holds requests and with one that does not.
 */
export const polling: Measurement = {
  name: 'polling',
  async measure({ say, sizes }) {
    const seconds = sizes.followedSeconds;
    const figures: Figure[] = [];
    const counts: Counts[] = [];
    for (const [name, maxWaiting, follow] of WAYS) {
      say(`following a run of ${seconds} s: ${name}`);
      const server = await startServer('together', { ...stepRunner, FLOWSERV_MAX_WAITING: maxWaiting });
      try {
        const counted = await countOne(server, seconds, follow);
        counts.push(counted);
        figures.push(
          { name: `run of ${seconds} s, ${name}: requests`, value: counted.requests, unit: 'calls' },
          { name: `run of ${seconds} s, ${name}: reads of the table`, value: counted.reads, unit: 'calls' },
        );
      } finally {
        await server.close();
      }
    }
    const [plain, conditional] = counts;
    if (!plain || !conditional) throw new Error('nothing was counted');
    return [
      ...figures,
      {
        name: 'reads with ETags, to those of whole handles',
        value: conditional.reads / plain.reads,
        unit: 'x',
      },
    ];
  },
};

type Follow = (client: Client, run: string) => Promise<unknown>;

/** As followers polled before responses said when to ask again: after 0.2 s, growing to 2 s. */
const byWholeHandles: Follow = async (client, run) => {
  for (let ms = 200; isActive((await client.runs.get(run)).state); ms = Math.min(ms * 1.3, 2000))
    await pause(ms);
};
const byChanges: Follow = (client, run) => client.runs.follow(run);

const WAYS: readonly (readonly [string, string, Follow])[] = [
  ['whole handles', '0', byWholeHandles],
  ['with ETags', '0', byChanges],
  ['with ETags and held requests', '50', byChanges],
];

interface Counts {
  readonly requests: number;
  readonly reads: number;
}

async function countOne(server: Server, seconds: number, follow: Follow): Promise<Counts> {
  const services = createServices(readConfig(server.operator));
  const template = `workflow:
  steps:
    - {name: wait, action: {environment: 'python:3.9', commands: ['sleep ${seconds}']}}
`;
  const id = await install(services, 'Followed', template);
  const { client } = await participant(server.url);
  const group = await client.groups.create(id, { name: 'Followed' });
  const run = await client.runs.start(group.id);
  await server.calls();
  const { fetch } = globalThis;
  let requests = 0;
  globalThis.fetch = (...request) => {
    requests += 1;
    return fetch(...request);
  };
  try {
    await follow(client, run.id);
  } finally {
    globalThis.fetch = fetch;
  }
  const calls = Object.entries(await server.calls());
  const reads = calls.filter(([call]) => /^runs dynamodb (GetItem|BatchGetItem|Query)$/.test(call));
  return { requests, reads: reads.reduce((sum, [, count]) => sum + count, 0) };
}
