import { isIP } from 'node:net';
import type { Config } from '../config.ts';
import { invalid } from '../errors.ts';

/** Maximum number of characters of an address. */
const MAX_URL = 2_000;

/**
 * Returns the address of a webhook in its normal form. Whether its host is on the internet is checked at each attempt.
 *
 * @throws FlowservError 400
 */
export function checkUrl({ webhooks }: Pick<Config, 'webhooks'>, text: string): string {
  const fail = (problem: string) => invalid('webhook.url', `the address of a webhook ${problem}`);
  if (text.length > MAX_URL) throw fail(`has at most ${MAX_URL} characters`);
  if (!URL.canParse(text)) throw fail('is a URL, such as https://example.org/hook');
  const url = new URL(text);
  const isOwn = webhooks === 'loopback' && isLoopback(url.hostname);
  if (url.protocol !== 'https:' && !(isOwn && url.protocol === 'http:')) throw fail('begins with https://');
  if (url.username !== '' || url.password !== '') throw fail('contains no user name and no password');
  if (url.port !== '' && !isOwn) throw fail('uses port 443, which is not written');
  url.hash = '';
  return url.href;
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
