import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { CredentialLookup } from '../aws/credentials.ts';
import { limitConnections } from '../connection-limit.ts';
import { forServedHosts, type ServedHosts } from '../hosts.ts';
import { listen, type RunningServer, stopListening } from '../listen.ts';
import { openBlobs } from './blobs.ts';
import type { Storage } from './call.ts';
import { openDatabase } from './database.ts';
import { type HandlerOptions, handle, type S3Event } from './handler.ts';
import { sweepLifecycle } from './lifecycle.ts';
import { sendReply } from './send-reply.ts';

/** An idle connection is closed after this time. It is long, because a copy may read 5 GiB before its response. */
const IDLE_MS = 10 * 60 * 1000;
/** Longer than Node's default of 5 s, after which a connection could close while the SDK is about to use it again. */
const KEEP_ALIVE_MS = 60 * 1000;
/** Limit for the headers of a request; a body has no limit while data arrives. */
const HEADERS_MS = 10 * 1000;
/** Maximum number of connections: far more than all tasks of a host open, each client up to 50. */
const MAX_CONNECTIONS = 4096;
const SWEEP_EVERY_MS = 60 * 60 * 1000;

interface S3Options {
  /** Folder of the index and of the files; created if missing. One server at a time may use it. */
  readonly dataDir: string;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** Host names other than loopback's that are served; none by default. */
  readonly hosts?: ServedHosts | undefined;
  /** 0 chooses a free port. */
  readonly port: number;
  /** The region that requests must be signed for, and that of the buckets. */
  readonly region: string;
  /** The key pairs that requests may be signed with. */
  readonly credentials: CredentialLookup;
  /** Whether each write waits for the disk; true by default. */
  readonly durable?: boolean;
  /** Called for every request when its response is known; no-op by default. */
  readonly onRequest?: (event: S3Event) => void;
  /** Called with the cause of an InternalError; no-op by default. */
  readonly onError?: (error: unknown) => void;
}

export interface S3Server extends RunningServer {
  /** Applies the lifecycle rules as of now. Also runs automatically at the start and each hour. */
  sweep(now?: Date): void;
}

/**
 * Starts the local S3: the operations of `routes.ts`, with signed path-style requests. Objects are files under
 * `dataDir`, and survive a restart.
 *
 * @throws Error when the folder is in use by another server, or the port is taken
 */
export async function startS3(options: S3Options): Promise<S3Server> {
  const storage = await openStorage(options);
  const handlerOptions: HandlerOptions = {
    storage,
    verify: { service: 's3', region: options.region, credentials: options.credentials },
    onRequest: options.onRequest,
    onError: options.onError,
  };
  const { server, settled } = createS3Server(handlerOptions, options.hosts);
  const { port, endpoint } = await listen(server, options.host ?? '127.0.0.1', options.port).catch(
    (error: unknown) => {
      storage.database.close();
      throw error;
    },
  );
  const sweep = (now = new Date()) => sweepLifecycle(storage, now);
  // After a failure, as on a full disk, the next sweep removes the rest.
  const trySweep = () => {
    try {
      sweep();
    } catch (error) {
      options.onError?.(error);
    }
  };
  trySweep();
  const timer = setInterval(trySweep, SWEEP_EVERY_MS).unref();
  return {
    port,
    endpoint,
    sweep,
    async close() {
      clearInterval(timer);
      await stopListening(server);
      await settled();
      await storage.blobs.settle();
      storage.database.close();
    },
  };
}

/** `settled` resolves when no request is in progress. */
function createS3Server(
  options: HandlerOptions,
  hosts: ServedHosts | undefined,
): { server: Server; settled: () => Promise<unknown> } {
  const server = createServer({
    headersTimeout: HEADERS_MS,
    connectionsCheckingInterval: HEADERS_MS / 5,
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  server.timeout = IDLE_MS;
  const connections = limitConnections(server, MAX_CONNECTIONS);
  const underWay = new Set<Promise<void>>();
  const take = (waits: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const end = connections.markBusy(request.socket);
    const done = exchange(options, request, response, waits)
      .catch((error) => {
        response.destroy();
        options.onError?.(error);
      })
      .finally(end);
    underWay.add(done);
    void done.then(() => underWay.delete(done));
  };
  server.on('request', forServedHosts(take(false), hosts));
  server.on('checkContinue', forServedHosts(take(true), hosts));
  return { server, settled: () => Promise.all(underWay) };
}

async function openStorage({ dataDir, region, durable = true }: S3Options): Promise<Storage> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const blobs = openBlobs(join(dataDir, 'blobs'), durable);
  const database = openDatabase(join(dataDir, 'index.sqlite'), blobs, durable);
  await blobs.sweep((blob) => database.isReferenced(blob));
  return { region, database, blobs };
}

/** Sends 100 Continue to a client that waits for it only when the operation needs the body. */
async function exchange(
  options: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  waits: boolean,
): Promise<void> {
  let waiting = waits;
  const sendContinue = () => {
    if (waiting) response.writeContinue();
    waiting = false;
  };
  const reply = await handle(options, { request, sendContinue });
  // The client may still send the body, or not: the connection cannot be reused.
  if (waiting) response.setHeader('connection', 'close');
  await sendReply(request, response, reply);
}
