import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { viewerAddress } from '../../../functions/events/address.ts';

const event = (sourceIp: string, headers: Record<string, string> = {}) =>
  ({ headers, requestContext: { http: { sourceIp } } }) as unknown as APIGatewayProxyEventV2;

describe('the address of a request', () => {
  it('is that of the connection', () => {
    expect(viewerAddress(event('192.0.2.1', { 'x-forwarded-for': '198.51.100.7, 192.0.2.1' }), 'key')).toBe(
      '192.0.2.1',
    );
  });

  it('is the viewer of CloudFront where CloudFront shows its key, and of nobody else', () => {
    const forwarded = { 'x-forwarded-for': '10.0.0.1, 198.51.100.7, 192.0.2.1' };
    const through = { ...forwarded, 'x-flowserv-edge': 'key' };
    expect(viewerAddress(event('192.0.2.1', through), 'key')).toBe('198.51.100.7');
    expect(viewerAddress(event('192.0.2.1', through), 'other key')).toBe('192.0.2.1');
    expect(viewerAddress(event('192.0.2.1', through), undefined)).toBe('192.0.2.1');
    expect(viewerAddress(event('192.0.2.1', { 'x-flowserv-edge': 'key' }), 'key')).toBe('192.0.2.1');
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('of version 6 is its network: %s', (address, network) => {
    expect(viewerAddress(event(address), undefined)).toBe(network);
  });
});
