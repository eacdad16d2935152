import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { forServedHosts } from '../hosts.ts';
import { listen, type RunningServer, stopListening } from '../listen.ts';
import { findShortage } from '../shortage.ts';
import type { CredentialLookup } from './credentials.ts';
import { type Interceptor, runIntercepted } from './interceptor.ts';
import { SignatureError, verifyRequestSignature } from './signature.ts';

/**
 * 2 MiB: an SQS message and a state machine definition can each have 1 MiB before JSON escapes (SQS quotas; Step
 * Functions quotas).
 */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** What an operation receives in addition to its input. */
export interface Call {
  readonly accessKeyId: string;
  readonly signal: AbortSignal;
}

/** One AWS service that speaks the AWS JSON protocol (1.0 or 1.1). */
export interface JsonService {
  /** Prefix of the `x-amz-target` header, e.g. `AWSStepFunctions`. */
  readonly target: string;
  /** Name that requests are signed for, e.g. `states`. */
  readonly signingName: string;
  readonly operations: Readonly<Record<string, (input: unknown, call: Call) => unknown>>;
}

/** An error of a service. The SDK uses `code` as the name of its exception. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

interface JsonServerOptions {
  /** The services of this server, e.g. `createEcs(…).service`. */
  readonly services: readonly JsonService[];
  /** The key pairs that requests may be signed with. */
  readonly credentials: CredentialLookup;
  /** The region that requests must be signed for. */
  readonly region: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** Wrap every operation, the first outermost; none by default. */
  readonly interceptors?: readonly Interceptor[];
}

const inputObject = z.record(z.string(), z.unknown());

/**
 * Starts one HTTP server on 127.0.0.1 for several AWS JSON services. The header `x-amz-target` distinguishes them, so
 * the SDK needs only its `endpoint` option. Requests must carry a valid Signature Version 4.
 */
export async function startJsonServer(options: JsonServerOptions): Promise<RunningServer> {
  const server = createServer(
    forServedHosts((request, response) => void respond(options, request, response)),
  );
  const address = await listen(server, '127.0.0.1', options.port);
  return { ...address, close: () => stopListening(server) };
}

async function respond(options: JsonServerOptions, request: IncomingMessage, response: ServerResponse) {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const body = await readBody(request);
    const { service, name, operation } = findOperation(options, request);
    const { accessKeyId } = verifyRequestSignature(
      {
        method: request.method ?? 'GET',
        url: request.url ?? '/',
        headers: request.headers,
        payloadHash: createHash('sha256').update(body).digest('hex'),
      },
      { service: service.signingName, region: options.region, credentials: options.credentials },
    );
    const input: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    const output = await runIntercepted(
      options.interceptors ?? [],
      {
        accessKeyId,
        service: service.signingName,
        operation: name,
        input: inputObject.safeParse(input).data ?? {},
      },
      async () => operation(input, { accessKeyId, signal: gone.signal }),
    );
    send(request, response, 200, output ?? {});
  } catch (error) {
    const { status, document } = describe(error);
    send(request, response, status, document);
  }
}

function findOperation(options: JsonServerOptions, request: IncomingMessage) {
  const [target = '', name = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
  const service = options.services.find((candidate) => candidate.target === target);
  const operation = service && Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  if (!service || !operation) {
    throw new AwsError('UnknownOperationException', `unknown operation '${target}.${name}'`);
  }
  return { service, name, operation };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The request must not be destroyed on an error, or the client could not read the response.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new AwsError('RequestEntityTooLarge', 'request body too large', 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function describe(error: unknown): { status: number; document: Record<string, unknown> } {
  if (error instanceof AwsError) {
    return {
      status: error.status,
      document: { ...error.fields, __type: error.code, message: error.message },
    };
  }
  if (error instanceof SignatureError) {
    return { status: 403, document: { __type: error.code, message: error.message } };
  }
  if (error instanceof SyntaxError) {
    return { status: 400, document: { __type: 'SerializationException', message: 'malformed JSON' } };
  }
  return describeFault(error);
}

/** Describes an unexpected error: a shortage of the host, or a bug. */
export function describeFault(error: unknown): { status: number; document: Record<string, unknown> } {
  const shortage = findShortage(error);
  if (shortage) {
    const { status, code, message } = shortage;
    return { status, document: { __type: code, message } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, document: { __type: 'InternalServerError', message } };
}

function send(request: IncomingMessage, response: ServerResponse, status: number, document: unknown) {
  if (response.destroyed) return;
  const text = JSON.stringify(document);
  response.writeHead(status, {
    'content-type': String(request.headers['content-type'] ?? 'application/x-amz-json-1.0'),
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(text);
}
