import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { CredentialLookup } from '../aws/credentials.ts';
import { forServedHosts, type ServedHosts } from '../hosts.ts';
import { listen, type RunningServer, stopListening } from '../listen.ts';
import { keepRoom } from '../room.ts';
import { openBlobs } from './blobs.ts';
import type { Storage } from './call.ts';
import { openDatabase } from './database.ts';
import { type HandlerOptions, handle, type S3Event } from './handler.ts';
import { sweepLifecycle } from './lifecycle.ts';
import { sendReply } from './send-reply.ts';

/** A connection on which nothing moves is closed; a copy may read 5 GiB before its answer. */
const IDLE_MS = 10 * 60 * 1000;
/** Longer than the five seconds after which Node would close a connection that the SDK is about to use again. */
const KEEP_ALIVE_MS = 60 * 1000;
/** For the head of a request; bodies take as long as they move. */
const HEADERS_MS = 10 * 1000;
/** Far more than all tasks of a machine open, whose clients take up to 50 each. */
const MAX_CONNECTIONS = 4096;
const SWEEP_EVERY_MS = 60 * 60 * 1000;

interface S3Options {
  /** Folder of the index and of the files; made when missing. One server at a time. */
  readonly dataDir: string;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** Names beside loopback's that it is reached by; none by default. */
  readonly hosts?: ServedHosts | undefined;
  /** 0 chooses a free port. */
  readonly port: number;
  /** The region that requests must be signed for, and that of the buckets. */
  readonly region: string;
  /** The key pairs that requests may be signed with. */
  readonly credentials: CredentialLookup;
  /** Whether each write waits for the disk; true by default. */
  readonly durable?: boolean;
  /** Called with every request once it is decided; nothing by default. */
  readonly onRequest?: (event: S3Event) => void;
  /** Called with what went wrong behind an InternalError; nothing by default. */
  readonly onError?: (error: unknown) => void;
}

export interface S3Server extends RunningServer {
  /** Carries out the lifecycle rules as of now; runs by itself at the start and each hour. */
  sweep(now?: Date): void;
}

/**
 * Starts the local S3: the operations of `routes.ts`, with requests in path style that must be
 * signed. Objects are files under `dataDir`, and survive a restart.
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
  // What cannot be removed now, as on a full disk, the next sweep removes.
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

/** `settled` resolves when no request is being answered any more. */
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
  const room = keepRoom(server, MAX_CONNECTIONS);
  const underWay = new Set<Promise<void>>();
  const take = (waits: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const end = room.occupy(request.socket);
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

/** A client that waits for 100 Continue is told so when its body is first wanted, or not at all. */
async function exchange(
  options: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  waits: boolean,
): Promise<void> {
  let waiting = waits;
  const letGoOn = () => {
    if (waiting) response.writeContinue();
    waiting = false;
  };
  const reply = await handle(options, { request, letGoOn });
  // The body that was never asked for may still come, or not: the connection cannot be used again.
  if (waiting) response.setHeader('connection', 'close');
  await sendReply(request, response, reply);
}
