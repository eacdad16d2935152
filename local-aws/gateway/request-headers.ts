import type { IncomingMessage } from 'node:http';
import { headersTooLarge } from './gateway-error.ts';

/** 10,240 bytes for the request line and all header values together (API Gateway quotas, HTTP API). */
const MAX_HEADER_BYTES = 10_240;

/** @throws GatewayError 431 when the request line and the headers exceed the limit of an HTTP API */
export function assertHeaderSize(request: IncomingMessage): void {
  const values = request.rawHeaders.filter((_text, index) => index % 2 === 1);
  const line = `${request.method} ${request.url} HTTP/${request.httpVersion}`;
  const size = values.reduce((sum, value) => sum + Buffer.byteLength(value), Buffer.byteLength(line));
  if (size > MAX_HEADER_BYTES) throw headersTooLarge();
}
