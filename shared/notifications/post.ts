import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Config } from '../config.ts';
import { ForbiddenAddress, isLoopbackAddress, isPublicAddress, resolveHost } from './public-address.ts';

/** Time for one attempt as a whole, from the name of the host to the status of the response. */
const ATTEMPT_MS = 10_000;

/** The outcome of an attempt: a status, or why there is none. */
export type Posted = { readonly status: number } | { readonly problem: string };

/**
 * Sends JSON to an address that a user chose. It connects only to addresses on the internet: the name is resolved once,
 * and exactly the addresses that were checked are used. A redirect is not followed, and the body of the response is not
 * read.
 */
export async function postJson(
  config: Pick<Config, 'webhooks'>,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  milliseconds = ATTEMPT_MS,
): Promise<Posted> {
  const signal = AbortSignal.timeout(milliseconds);
  const allows = (address: string) =>
    url.protocol === 'https:' && isPublicAddress(address)
      ? true
      : config.webhooks === 'loopback' && isLoopbackAddress(address);
  try {
    const addresses = await unlessAborted(signal, resolveHost(bareHost(url), allows));
    return { status: await exchange(url, { headers, body, addresses, signal }) };
  } catch (error) {
    return { problem: problemOf(error, milliseconds) };
  }
}

/** The host without the brackets of an IPv6 address. */
const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

interface Exchange {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly addresses: Awaited<ReturnType<typeof resolveHost>>;
  readonly signal: AbortSignal;
}

/** Sends the request, and returns the status of the response. */
function exchange(url: URL, { headers, body, addresses, signal }: Exchange): Promise<number> {
  const make = url.protocol === 'https:' ? requestHttps : requestHttp;
  const content = Buffer.from(body, 'utf8');
  return new Promise((resolve, reject) => {
    const request = make(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': content.length },
      // A connection of its own, which is closed after the response.
      agent: false,
      signal,
      lookup: (_host, { all }, done) =>
        all ? done(null, [...addresses]) : done(null, addresses[0].address, addresses[0].family),
    });
    request.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.on('error', () => {});
      response.destroy();
    });
    request.on('error', reject);
    request.end(content);
  });
}

function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}

/** Why there was no response: a code of the system or of TLS, whose message may contain addresses. */
function problemOf(error: unknown, milliseconds: number): string {
  if (error instanceof ForbiddenAddress) return error.message;
  if (!(error instanceof Error)) return 'no response';
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return `no response within ${milliseconds / 1000} s`;
  return `no response: ${'code' in error && typeof error.code === 'string' ? error.code : error.name}`;
}
