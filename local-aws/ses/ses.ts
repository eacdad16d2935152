import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { CredentialLookup } from '../aws/credentials.ts';
import { type Interceptor, runIntercepted } from '../aws/interceptor.ts';
import { SignatureError, verifyRequestSignature } from '../aws/signature.ts';
import { forServedHosts } from '../hosts.ts';
import { listen, type RunningServer, stopListening } from '../listen.ts';
import { formatMessage } from './message.ts';
import { keepMessage } from './outbox.ts';
import { sendEmailRequest } from './send-email-request.ts';

/** 40 MB, the largest message of SESv2 (SES quotas). */
const MAX_REQUEST_BYTES = 40 * 1024 * 1024;

interface SesOptions {
  /** Folder of the messages; created with the first one. */
  readonly outboxDir: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** The region that requests must be signed for. */
  readonly region: string;
  /** The key pairs that requests may be signed with. */
  readonly credentials: CredentialLookup;
  /** Wrap every operation, the first outermost; none by default. */
  readonly interceptors?: readonly Interceptor[];
  /** Called for each message, e.g. to print the path of its file; no-op by default. */
  readonly onMessage?: (message: { readonly to: readonly string[]; readonly path: string }) => void;
}

/** The exceptions of SendEmail that this service returns. */
class SesError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

/**
 * Starts SES on 127.0.0.1 with one operation: SESv2 SendEmail with a simple message. Nothing leaves the host: each
 * message becomes a file in the outbox.
 *
 * @throws Error when the port is taken
 */
export async function startSes(options: SesOptions): Promise<RunningServer> {
  const server = createServer(
    forServedHosts((request, response) => void respond(options, request, response)),
  );
  const { port, endpoint } = await listen(server, '127.0.0.1', options.port);
  return { port, endpoint, close: () => stopListening(server) };
}

async function respond(options: SesOptions, request: IncomingMessage, response: ServerResponse) {
  try {
    const body = await readBody(request);
    const accessKeyId = authenticate(options, request, body);
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'POST' || path !== '/v2/email/outbound-emails') {
      throw new SesError('UnknownOperationException', 'only SendEmail is available here', 404);
    }
    const message = parseRequest(body);
    const call = { accessKeyId, service: 'ses', operation: 'SendEmail', input: { ...message } };
    send(
      response,
      200,
      await runIntercepted(options.interceptors ?? [], call, () => sendEmail(options, message)),
    );
  } catch (error) {
    const known = error instanceof SesError || error instanceof SignatureError;
    const { code, status } = known ? error : { code: 'InternalServiceErrorException', status: 500 };
    send(response, status, { message: error instanceof Error ? error.message : String(error) }, code);
  }
}

async function sendEmail(options: SesOptions, request: ReturnType<typeof parseRequest>) {
  const { Text: text, Html: html } = request.Content.Simple.Body;
  if (!text && !html) throw new SesError('BadRequestException', 'Content.Simple.Body: needs Text or Html');
  const messageId = randomUUID();
  const date = new Date();
  const message = formatMessage(request, { messageId, region: options.region, date });
  const path = await keepMessage(options.outboxDir, messageId, date, message);
  const { to, cc, bcc } = request.Destination;
  options.onMessage?.({ to: [...to, ...cc, ...bcc], path });
  return { MessageId: messageId };
}

function parseRequest(body: Buffer) {
  let document: unknown;
  try {
    document = JSON.parse(body.toString('utf8'));
  } catch {
    throw new SesError('SerializationException', 'the request is not JSON');
  }
  const parsed = sendEmailRequest.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new SesError('BadRequestException', problems.join('; '));
}

/** @returns the access key id of the signer */
function authenticate(options: SesOptions, request: IncomingMessage, body: Buffer): string {
  return verifyRequestSignature(
    {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      payloadHash: createHash('sha256').update(body).digest('hex'),
    },
    { service: 'ses', region: options.region, credentials: options.credentials },
  ).accessKeyId;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) throw new SesError('BadRequestException', 'the message is too large', 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, document: unknown, errorType?: string): void {
  if (response.destroyed) return;
  const text = JSON.stringify(document);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
    ...(errorType ? { 'x-amzn-errortype': errorType } : {}),
  });
  response.end(text);
}
