import { Agent, request } from 'node:http';
import { quantile } from './figure.ts';
import type { Server } from './server.ts';

/** Concurrent clients, each with a persistent connection. */
export const CLIENTS = 8;

/** One request; the number is for requests that must differ. */
export type RequestMaker = (number: number) => {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

export interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server in ms per request. Unlike the other figures, it does not depend on other load. */
  readonly serverMs: number;
}

/** Connections to the server that stay open for all requests. */
export async function withClients<T>(work: (agent: Agent) => Promise<T>): Promise<T> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  try {
    return await work(agent);
  } finally {
    agent.destroy();
  }
}

/** Sends a number of requests and returns the milliseconds of each. @throws for any status of 400 or more */
export async function sendMany(
  agent: Agent,
  url: string,
  make: RequestMaker,
  isEnough: (sent: number) => boolean,
): Promise<number[]> {
  const times: number[] = [];
  let sent = 0;
  const client = async () => {
    while (!isEnough(sent)) {
      const number = sent;
      sent += 1;
      const start = performance.now();
      await sendOne(agent, url, make(number));
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return times;
}

/** Puts load on one route for some time, after a warm-up. */
export function loadRoute(
  server: Server,
  make: RequestMaker,
  { warmUpRequests, loadSeconds }: { readonly warmUpRequests: number; readonly loadSeconds: number },
): Promise<Load> {
  return withClients(async (agent) => {
    await sendMany(agent, server.url, make, (sent) => sent >= warmUpRequests);
    const before = server.usage.processorTime().own;
    const start = performance.now();
    const until = start + loadSeconds * 1000;
    const after = (number: number) => make(warmUpRequests + CLIENTS + number);
    const times = await sendMany(agent, server.url, after, () => performance.now() >= until);
    const seconds = (performance.now() - start) / 1000;
    return {
      perSecond: times.length / seconds,
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      serverMs: (server.usage.processorTime().own - before) / times.length,
    };
  });
}

function sendOne(agent: Agent, url: string, { method, path, headers, body }: ReturnType<RequestMaker>) {
  return new Promise<void>((resolve, reject) => {
    const outgoing = request(`${url}${path}`, { agent, method: method ?? 'GET', headers }, (response) => {
      const status = response.statusCode ?? 0;
      response.on('error', reject);
      response.on('end', () => {
        if (status < 400) resolve();
        else reject(new Error(`${path} returned ${status}`));
      });
      response.resume();
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
