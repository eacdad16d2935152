import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** Names beside loopback's that a service is asked for by. */
export interface ServedHosts {
  /** Names and addresses without a port, as `Host` has them: `[…]` around an address of version 6. */
  readonly names: readonly string[];
  /** What the operator can do for another name, as a sentence for the refusal. */
  readonly advice: string;
}

const LOOPBACK_ONLY: ServedHosts = { names: [], advice: 'only loopback is served here' };

/** `localhost`, 127.0.0.0/8 and ::1, as a URL writes them. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether a name or an address, with or without a port, is this machine's own and nobody else's. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(nameOf(host)) || host === '::1';

/**
 * Hands on only requests for a name that this server serves, whatever they ask for. A web page can have its own
 * domain resolve to 127.0.0.1 (DNS rebinding): its scripts then reach a local service as if it were the page's own
 * server, past all rules on origins, but `Host` still carries the domain's name.
 *
 * Others get a 421 (RFC 9110, section 15.5.20).
 *
 * @param hosts loopback's names only when it is absent
 */
export function forServedHosts(
  listener: RequestListener,
  hosts: ServedHosts = LOOPBACK_ONLY,
): RequestListener {
  const names = new Set(hosts.names.map((name) => name.toLowerCase()));
  return (request, response) => {
    const { host = '' } = request.headers;
    if (isLoopback(host) || names.has(nameOf(host))) listener(request, response);
    else refuse(request, response, `the host '${host.slice(0, 255)}' is not served here: ${hosts.advice}`);
  };
}

/** The body that may follow is not read: the connection ends with the answer. */
function refuse(request: IncomingMessage, response: ServerResponse, message: string): void {
  const body = JSON.stringify({ message });
  response.writeHead(421, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body);
  request.resume();
}

/** In lower case, without the port. */
const nameOf = (host: string): string => host.toLowerCase().replace(/:\d{1,5}$/, '');
