import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signedHeaders } from '../../shared/notifications/signature.ts';
import { useRunning } from '../running.ts';

/** A message as a receiver got it. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The receiver of webhooks on this computer, which keeps what it gets. */
async function openReceiver() {
  const received: Received[] = [];
  const state: { answer: (response: ServerResponse) => void } = { answer: accept };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      received.push({ path: request.url ?? '', headers: request.headers, body });
      state.answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    state,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const accept = (response: ServerResponse) => void response.writeHead(204).end();
/** Responds with a status. */
export const respond =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, headers).end();

export const useReceiver = () => useRunning(openReceiver, ({ close }) => close());

/** Whether a message is signed with a secret, as a receiver checks it. */
export function isSigned({ headers, body }: Received, secret: string): boolean {
  const id = String(headers['webhook-id']);
  const at = new Date(Number(headers['webhook-timestamp']) * 1000);
  return signedHeaders(secret, { id, at, body })['webhook-signature'] === headers['webhook-signature'];
}
