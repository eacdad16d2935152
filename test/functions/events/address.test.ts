import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { viewerAddress } from '../../../functions/events/address.ts';

const event = (sourceIp: string, headers: Record<string, string> = {}) =>
  ({ headers, requestContext: { http: { sourceIp } } }) as unknown as APIGatewayProxyEventV2;
const untrusted = { edgeKey: undefined, trustedProxies: [] };
const edge = (edgeKey: string) => ({ ...untrusted, edgeKey });

describe('viewerAddress', () => {
  it('is that of the connection, whatever headers the client sends', () => {
    const claims = { 'x-forwarded-for': '198.51.100.7, 192.0.2.1', 'x-flowserv-viewer': '198.51.100.7' };
    for (const trust of [untrusted, edge('key')]) {
      expect(viewerAddress(event('192.0.2.1', claims), trust)).toBe('192.0.2.1');
    }
  });

  it('is the viewer that CloudFront reports if CloudFront shows its key, and otherwise that of the connection', () => {
    const through = {
      'x-forwarded-for': '10.0.0.1, 198.51.100.7, 192.0.2.1',
      'x-flowserv-edge': 'key',
      'x-flowserv-viewer': '203.0.113.5',
    };
    expect(viewerAddress(event('192.0.2.1', through), edge('key'))).toBe('203.0.113.5');
    for (const trust of [edge('other key'), edge('ke'), edge('key '), untrusted]) {
      expect(viewerAddress(event('192.0.2.1', through), trust)).toBe('192.0.2.1');
    }
    for (const viewer of ['', 'unknown', '203.0.113.5,10.0.0.1', '203.0.113.5:443']) {
      const odd = { ...through, 'x-flowserv-viewer': viewer };
      expect(viewerAddress(event('192.0.2.1', odd), edge('key'))).toBe('192.0.2.1');
    }
  });

  it('is the client that a trusted proxy reports, without what the client wrote itself', () => {
    const trust = { ...untrusted, trustedProxies: ['127.0.0.1', '10.0.0.2'] };
    const from = (sourceIp: string, forwarded?: string) =>
      viewerAddress(event(sourceIp, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }), trust);
    expect(from('127.0.0.1', '198.51.100.7, 127.0.0.1')).toBe('198.51.100.7');
    expect(from('127.0.0.1', '1.2.3.4, 198.51.100.7, 10.0.0.2, 127.0.0.1')).toBe('198.51.100.7');
    expect(from('127.0.0.1', '127.0.0.1')).toBe('127.0.0.1');
    expect(from('127.0.0.1', 'unknown, 127.0.0.1')).toBe('127.0.0.1');
    expect(from('127.0.0.1')).toBe('127.0.0.1');
    expect(from('192.0.2.1', '198.51.100.7, 192.0.2.1')).toBe('192.0.2.1');
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ])('of version 6 is its network: %s', (address, network) => {
    expect(viewerAddress(event(address), untrusted)).toBe(network);
  });
});
