import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A response of AWS, by status and body: JSON, or XML as a text. */
export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

/** The response to each operation, by its name; a function gets the request's input. */
export type Answers = Readonly<Record<string, Answer | ((input: Record<string, unknown>) => Answer)>>;

export interface FakeAccount {
  /** Variables of a process that uses this instead of AWS. */
  readonly env: Readonly<Record<string, string>>;
  /** The called operations, in order. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

/** All services of one account behind one address, each with its own protocol. */
export async function startAccount(responses: Answers): Promise<FakeAccount> {
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const { operation, input } = read(request, await text(request));
    calls.push(operation);
    const given = responses[operation] ?? denied(operation);
    const { status = 200, body } = typeof given === 'function' ? given(input) : given;
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/xml' : 'application/x-amz-json-1.1' });
    response.end(isText ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Operation and input of a request in one of AWS's protocols: JSON, query, or by paths. */
function read({ headers, url = '/' }: IncomingMessage, body: string) {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') {
    return { operation: target.split('.').at(-1) ?? '', input: JSON.parse(body || '{}') };
  }
  if (url.startsWith('/2016-08-19/account-settings')) return { operation: 'GetAccountSettings', input: {} };
  if (url.startsWith('/v2/email/account')) return { operation: 'GetAccount', input: {} };
  if (url.startsWith('/v2/email/identities/')) {
    return {
      operation: 'GetEmailIdentity',
      input: { EmailIdentity: decodeURIComponent(url.split('/').at(-1) ?? '') },
    };
  }
  const form = Object.fromEntries(new URLSearchParams(body));
  return { operation: form.Action ?? `unknown ${url}`, input: form };
}

/** A denial: in the query protocol, and as JSON. */
export function denied(operation: string, action?: string): Answer {
  const message =
    action === undefined
      ? 'Access denied'
      : `User: arn:aws:iam::123456789012:user/eve is not authorized to perform: ${action} on resource: *`;
  if (queryOperations.has(operation)) return queryError(403, 'AccessDenied', message);
  return { status: 400, body: { __type: 'AccessDeniedException', message } };
}

const queryOperations = new Set([
  'GetCallerIdentity',
  'DescribeStacks',
  'ListStackResources',
  'ListStacks',
  'GetTemplate',
  'DeleteStack',
]);

export const queryError = (status: number, code: string, message: string): Answer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
});

export const queryResponse = (operation: string, result: string): Answer => ({
  body: `<${operation}Response><${operation}Result>${result}</${operation}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${operation}Response>`,
});
