import { describe, expect, it } from 'vitest';
import { isPublicAddress, resolveHost } from '../../shared/notifications/public-address.ts';

const FORBIDDEN = [
  ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
  [
    'private',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    'fc00::1',
    'fd12:3456::1',
    'fec0::1',
  ],
  ['of the metadata service', '169.254.169.254', '169.254.170.2', 'fd00:ec2::254', 'fe80::1', '169.254.0.1'],
  [
    'shared or reserved',
    '100.64.0.1',
    '192.0.0.8',
    '198.18.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
  ],
  ['unspecified', '0.0.0.0', '0.1.2.3', '::'],
  ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1'],
  [
    'an address of IPv4 in IPv6',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '::ffff:169.254.169.254',
  ],
  ['translated to IPv4', '64:ff9b::7f00:1', '64:ff9b:1::a00:1', '2002:7f00:1::1', '2001:0:7f00:1::1'],
  ['not assigned', '4000::1', '5f00::1', '3fff::1', '2001:db8::1', '100::1'],
  ['no address', '', 'example.org', '127.1', '0x7f.1', '2130706433', '::1%lo'],
] satisfies readonly (readonly [string, ...string[]])[];

describe('an address that webhooks must not reach', () => {
  it.each(FORBIDDEN)('is one that is %s', (...[, ...addresses]: string[]) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
});

it('other addresses are on the internet', () => {
  const addresses = [
    '1.1.1.1',
    '8.8.8.8',
    '172.32.0.1',
    '::ffff:8.8.8.8',
    '2606:4700:4700::1111',
    '2a00:1450::1',
  ];
  expect(addresses.filter(isPublicAddress)).toEqual(addresses);
});

it('a name with one address that is not public is not used at all', async () => {
  await expect(resolveHost('localhost', isPublicAddress)).rejects.toThrow('the host has no public address');
  await expect(resolveHost('127.0.0.1', isPublicAddress)).rejects.toThrow('the host has no public address');
  // The forms that programs of the C library accept.
  for (const text of ['127.1', '2130706433', '0x7f000001', '0177.0.0.1']) {
    await expect(resolveHost(text, isPublicAddress)).rejects.toThrow();
  }
});
