import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { createCredentialLookup } from '../../aws/credentials.ts';
import type { S3Event } from '../../s3/handler.ts';
import { type S3Server, startS3 } from '../../s3/server.ts';
import { sdkSigner } from '../aws/sdk-signer.ts';

export const KEYS = { accessKeyId: 'AKIDLOCALTEST', secretAccessKey: 'a secret of the tests' };
export const REGION = 'eu-central-1';
export const BUCKET = 'bucket';

/** A server with its own folder, an SDK client for it, and a bucket. */
export interface RunningS3 {
  readonly server: S3Server;
  readonly client: S3Client;
  readonly dataDir: string;
  readonly events: S3Event[];
  readonly errors: unknown[];
  stop(): Promise<void>;
}

export async function runS3(): Promise<RunningS3> {
  const dataDir = await mkdtemp(join(tmpdir(), 'local-s3-'));
  const events: S3Event[] = [];
  const errors: unknown[] = [];
  const server = await startOn(dataDir, {
    onRequest: (event) => events.push(event),
    onError: (error) => errors.push(error),
  });
  const client = clientOf(server);
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const stop = async () => {
    client.destroy();
    await server.close();
    await rm(dataDir, { recursive: true });
  };
  return { server, client, dataDir, events, errors, stop };
}

/** Runs a server for the tests of a file. */
export function useS3(): RunningS3 {
  const s3 = {} as RunningS3;
  beforeAll(async () => void Object.assign(s3, await runS3()));
  afterAll(() => s3.stop());
  return s3;
}

/** Starts a server on a folder that may contain objects. */
export function startOn(
  dataDir: string,
  hooks: Pick<Parameters<typeof startS3>[0], 'onRequest' | 'onError'> = {},
): Promise<S3Server> {
  const credentials = createCredentialLookup([KEYS]);
  return startS3({ dataDir, port: 0, region: REGION, credentials, durable: false, ...hooks });
}

/** The SDK with only its endpoint configured. Requests are not retried. */
export function clientOf(server: S3Server, config: S3ClientConfig = {}): S3Client {
  const { endpoint } = server;
  return new S3Client({ endpoint, region: REGION, credentials: KEYS, maxAttempts: 1, ...config });
}

/** Signs like the SDK; `secretAccessKey` can be a wrong one. */
export function s3Signer(secretAccessKey = KEYS.secretAccessKey) {
  return sdkSigner({ service: 's3', region: REGION, accessKeyId: KEYS.accessKeyId, secretAccessKey });
}

interface Link {
  readonly method?: string;
  readonly query?: Record<string, string>;
  /** Headers to sign, which the request must contain. */
  readonly headers?: Record<string, string>;
  /** S3 headers that a presigner moves to the query. */
  readonly expiresIn?: number;
  readonly signingDate?: Date;
  readonly secretAccessKey?: string;
}

/** A presigned URL for a path such as `/bucket/key`. */
export async function presign(server: S3Server, path: string, link: Link = {}): Promise<string> {
  const { method = 'GET', query = {}, headers = {}, expiresIn = 900 } = link;
  const { host, hostname, port } = new URL(server.endpoint);
  const request = {
    method,
    protocol: 'http:',
    hostname,
    port: Number(port),
    path,
    query,
    headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers },
  };
  const signed = await s3Signer(link.secretAccessKey).presign(request, {
    expiresIn,
    unhoistableHeaders: new Set(Object.keys(headers)),
    ...(link.signingDate ? { signingDate: link.signingDate } : {}),
  });
  const parameters = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return `${server.endpoint}${path}?${parameters.join('&')}`;
}

/** Signs a raw request in header form and sends it. */
export async function sendSigned(
  server: S3Server,
  request: {
    readonly method: string;
    readonly path: string;
    readonly query?: Record<string, string>;
    readonly headers?: Record<string, string>;
    readonly body?: string | Uint8Array;
  },
): Promise<Response> {
  const { method, path, query = {}, headers = {}, body } = request;
  const { host, hostname, port } = new URL(server.endpoint);
  const signed = await s3Signer().sign({
    method,
    protocol: 'http:',
    hostname,
    port: Number(port),
    path,
    query,
    headers: { host, ...headers },
    body,
  });
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const target = parameters.length > 0 ? `${path}?${parameters.join('&')}` : path;
  return fetch(`${server.endpoint}${target}`, {
    method,
    headers: signed.headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
}

/** The code of an error document. */
export async function codeOf(response: Response): Promise<string> {
  return /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1] ?? `status ${response.status}`;
}

/** The name of the error of an SDK call, or `succeeded`. */
export async function failure(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'succeeded',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}
