import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { forServedHosts } from '../hosts.ts';
import { listen, stopListening } from '../listen.ts';

/** The responses of the endpoint for one container. */
interface MetadataDocuments {
  container(): unknown;
  task(): unknown;
}

/** Task metadata endpoint version 4 for all tasks of the service (ECS developer guide). */
export interface MetadataServer {
  /** Starts to listen at the first call. @returns the origin of all URIs. */
  endpoint(): Promise<string>;
  register(metadataId: string, documents: MetadataDocuments): void;
  unregister(metadataId: string): void;
  close(): Promise<void>;
}

/**
 * Creates the endpoint. It listens on 127.0.0.1 and identifies a caller only by the id in the path: 256 random bits
 * that only the container has.
 */
export function createMetadataServer(): MetadataServer {
  const documents = new Map<string, MetadataDocuments>();
  const server = createServer(forServedHosts((request, response) => respond(documents, request, response)));
  // The local stack may end while a container still has an open connection.
  server.unref();
  let base: Promise<string> | undefined;
  return {
    endpoint() {
      base ??= listen(server, '127.0.0.1', 0).then(({ endpoint }) => endpoint);
      return base;
    },
    register: (metadataId, of) => void documents.set(metadataId, of),
    unregister: (metadataId) => void documents.delete(metadataId),
    async close() {
      if (!base) return;
      await base;
      await stopListening(server);
    },
  };
}

function respond(
  documents: ReadonlyMap<string, MetadataDocuments>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const match = /^\/v4\/([0-9a-f]{64})(\/task)?\/?$/.exec(request.url ?? '');
  const found = documents.get(match?.[1] ?? '');
  const status = !found ? 404 : request.method === 'GET' ? 200 : 405;
  const body = status !== 200 ? { error: 'not found' } : match?.[2] ? found?.task() : found?.container();
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
  request.resume();
}
