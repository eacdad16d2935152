import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import type { CredentialLookup } from '../aws/credentials.ts';
import type { Interceptor } from '../aws/interceptor.ts';
import { AwsError, describeFault } from '../aws/json-protocol.ts';
import { SignatureError, verifyRequestSignature } from '../aws/signature.ts';
import { forServedHosts } from '../hosts.ts';
import { listen, type RunningServer, stopListening } from '../listen.ts';
import { type Operations, openOperations } from './operations.ts';

/** 16 MB, the largest request that DynamoDB accepts (DynamoDB quotas, BatchWriteItem). */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Expired items are deleted within a minute; AWS takes up to several days. */
const SWEEP_INTERVAL_MS = 30_000;
const TARGET_PREFIX = 'DynamoDB_20120810.';

export interface DynamoDbOptions {
  /** Folder of the data; created if missing. One process at a time may use it. */
  readonly dataDir: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** The region that requests must be signed for, and that of the ARNs. */
  readonly region: string;
  /** The key pairs that requests may be signed with. */
  readonly credentials: CredentialLookup;
  /** Account of the ARNs; twelve zeros by default. */
  readonly accountId?: string;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
  /** Time between two sweeps for expired items in milliseconds; 30 seconds by default. */
  readonly sweepIntervalMs?: number;
  /** Wrap every operation, the first outermost; none by default. */
  readonly interceptors?: readonly Interceptor[];
  /** Time until a change is visible in the global secondary indexes, in milliseconds; immediately by default. */
  readonly indexLagMs?: (() => number) | undefined;
}

/**
 * Starts DynamoDB on 127.0.0.1: dynalite's tables, items, indexes and expressions, extended by transactions, time to
 * live, isolation, crash safety and signatures. The SDK needs only its `endpoint` option.
 *
 * @throws Error when the folder is in use or dynalite is not the pinned release
 */
export async function startDynamoDb(options: DynamoDbOptions): Promise<RunningServer> {
  const operations = await openOperations({
    dataDir: options.dataDir,
    region: options.region,
    accountId: options.accountId ?? '000000000000',
    now: options.now ?? Date.now,
    interceptors: options.interceptors ?? [],
    indexLagMs: options.indexLagMs,
  });
  const server = createServer(
    forServedHosts((request, response) => void respond(options, operations, request, response)),
  );
  const { port, endpoint } = await listen(server, '127.0.0.1', options.port).catch(async (error: unknown) => {
    await operations.close();
    throw error;
  });
  const stopSweeping = sweepRegularly(operations, options.sweepIntervalMs ?? SWEEP_INTERVAL_MS);
  return {
    port,
    endpoint,
    close: async () => {
      await stopSweeping();
      await stopListening(server);
      await operations.close();
    },
  };
}

/** A sweep starts only after the previous one ended. A failed sweep is reported and retried. */
function sweepRegularly(operations: Operations, intervalMs: number): () => Promise<unknown> {
  let running: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    running ??= operations
      .sweep()
      .catch((error: unknown) => process.emitWarning(`DynamoDB sweep failed: ${String(error)}`))
      .finally(() => {
        running = undefined;
      });
  }, intervalMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** Reads the whole body first, so that a client that disconnects in between changes no table. */
async function respond(
  options: DynamoDbOptions,
  operations: Operations,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => response.destroy());
  try {
    const body = await readBody(request);
    const { accessKeyId } = verifyRequestSignature(
      {
        method: request.method ?? 'GET',
        url: request.url ?? '/',
        headers: request.headers,
        payloadHash: createHash('sha256').update(body).digest('hex'),
      },
      { service: 'dynamodb', region: options.region, credentials: options.credentials },
    );
    const operation = operationName(request);
    send(response, 200, await operations.perform({ operation, input: parseBody(body), accessKeyId }));
  } catch (error) {
    const { status, document } = describe(error);
    if (status === 413) response.setHeader('connection', 'close');
    send(response, status, document);
  }
}

/** Does not read a body that is too large: the connection closes after the response. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = () => new AwsError('RequestEntityTooLarge', 'request body too large', 413);
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function operationName(request: IncomingMessage): string {
  const target = String(request.headers['x-amz-target'] ?? '');
  if (target.startsWith(TARGET_PREFIX)) return target.slice(TARGET_PREFIX.length);
  throw new AwsError('UnknownOperationException', `unknown operation '${target}'`);
}

const inputObject = z.record(z.string(), z.unknown());

function parseBody(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return inputObject.parse(JSON.parse(body.toString('utf8')));
  } catch {
    throw new AwsError('SerializationException', 'the body is not a JSON object');
  }
}

/** Every error of DynamoDB, also for a signature, has status 400 (Developer Guide, "Error handling"). */
function describe(error: unknown): { status: number; document: Record<string, unknown> } {
  if (error instanceof AwsError) {
    const { fields, code, message, status } = error;
    return { status, document: { ...fields, __type: code, message } };
  }
  if (error instanceof SignatureError) {
    return { status: 400, document: { __type: error.code, message: error.message } };
  }
  return describeFault(error);
}

function send(response: ServerResponse, status: number, document: unknown): void {
  if (response.destroyed) return;
  const text = JSON.stringify(document ?? {});
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
    'x-amz-crc32': crc32(text),
  });
  response.end(text);
}
