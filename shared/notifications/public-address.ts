import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** Addresses of IPv6 that are assigned for use on the internet (IANA, IPv6 Global Unicast Address Assignments). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address is one on the internet: not private, link-local (as the metadata of AWS), loopback, multicast,
 * reserved, or a form of IPv6 that contains an address of IPv4.
 */
export function isPublicAddress(address: string): boolean {
  const parsed = parse(address);
  if (parsed?.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST);
}

/** Whether an address is one of this computer. */
export const isLoopbackAddress = (address: string): boolean => parse(address)?.range() === 'loopback';

/** Reads an address; `::ffff:10.0.0.1` is read as 10.0.0.1. */
const parse = (address: string) => (ipaddr.isValid(address) ? ipaddr.process(address) : undefined);

/** Thrown if a host has an address that webhooks must not reach. The message does not contain the address. */
export class ForbiddenAddress extends Error {}

/**
 * Resolves a host, which may be an address itself.
 *
 * @param allows says which addresses may be used; if one of the host's addresses may not, none is
 * @throws ForbiddenAddress, or a system error if the name cannot be resolved
 */
export async function resolveHost(
  host: string,
  allows: (address: string) => boolean,
): Promise<[LookupAddress, ...LookupAddress[]]> {
  const [first, ...others] = await lookup(host, { all: true, order: 'ipv4first' });
  if (!first || ![first, ...others].every(({ address }) => allows(address))) {
    throw new ForbiddenAddress('the host has no public address');
  }
  return [first, ...others];
}
