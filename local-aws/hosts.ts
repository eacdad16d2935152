import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** Host names other than loopback's that a service serves. */
export interface ServedHosts {
  /** Names and addresses without a port, as in the header `Host`: an IPv6 address is in `[…]`. */
  readonly names: readonly string[];
  /** How the operator can allow another name; part of the error message. */
  readonly advice: string;
}

const LOOPBACK_ONLY: ServedHosts = { names: [], advice: 'only loopback is served here' };

/** `localhost`, 127.0.0.0/8 and ::1, as a URL writes them. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether a name or an address, with or without a port, is a loopback name or address. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(nameOf(host)) || host === '::1';

/**
 * Forwards only requests whose `Host` is a name that this server serves. A web page can make its own domain resolve
 * to 127.0.0.1 (DNS rebinding). Its scripts then reach a local service as if it were the page's own server, and the
 * same-origin policy does not apply. But `Host` still contains the domain's name.
 *
 * Other requests get a 421 (RFC 9110, section 15.5.20).
 *
 * @param hosts only loopback's names by default
 */
export function forServedHosts(
  listener: RequestListener,
  hosts: ServedHosts = LOOPBACK_ONLY,
): RequestListener {
  const names = new Set(hosts.names.map((name) => name.toLowerCase()));
  return (request, response) => {
    const { host = '' } = request.headers;
    if (isLoopback(host) || names.has(nameOf(host))) listener(request, response);
    else reject(request, response, `the host '${host.slice(0, 255)}' is not served here: ${hosts.advice}`);
  };
}

/** Does not read a request body that may follow: the connection closes after the response. */
function reject(request: IncomingMessage, response: ServerResponse, message: string): void {
  const body = JSON.stringify({ message });
  response.writeHead(421, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body);
  request.resume();
}

/** Returns the host name in lower case, without the port. */
const nameOf = (host: string): string => host.toLowerCase().replace(/:\d{1,5}$/, '');
