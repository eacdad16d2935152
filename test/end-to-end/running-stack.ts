import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readKeys } from '../../infra/local/keys.ts';
import { type StackOptions, startStack } from '../../infra/local/stack.ts';
import { readConfig } from '../../shared/config.ts';
import { createServices, type Services } from '../../shared/services/services.ts';
import { readSource, type SourceOptions } from '../../shared/sources/folder.ts';
import { createWorkflow, type InstallOptions } from '../../shared/workflows/create.ts';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { CALLS_DIR, recordNeeds } from '../permissions/records.ts';
import { stepRunner } from '../step-runner.ts';
import { DYNAMODB_LOCAL, startDynamoDbLocal } from '../witnesses/dynamodb-local.ts';
import { REQUESTS_DIR, recordRequests } from '../witnesses/requests/requests.ts';
import { startVersityGateway, VERSITY_GATEWAY } from '../witnesses/versity-gateway.ts';
import { storeUser } from './known-user.ts';

/** Returns the folder of a fixture. */
export const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
/** Returns the folder of an example. */
export const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

export interface Request {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly form?: FormData;
  readonly headers?: Readonly<Record<string, string>>;
  /** Base URL, if it is not that of the API. */
  readonly base?: string;
}

/** An HTTP response; `json` is undefined for other content. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read responses freely, and fail on unexpected ones
  readonly json: any;
}

export type RunningStack = Awaited<ReturnType<typeof runStack>>;

/**
 * Runs a whole stack with a temporary folder and its gateway on a free port. Functions run in this process unless they
 * are isolated, which is the default with `FLOWSERV_ISOLATE=1` in the environment of the tests.
 */
export async function runStack(
  env: Readonly<Record<string, string>> = {},
  {
    isolate = process.env.FLOWSERV_ISOLATE === '1',
    onCall,
    commandsOnly,
  }: Pick<StackOptions, 'isolate' | 'onCall'> & { readonly commandsOnly?: boolean | undefined } = {},
) {
  const dataDir = mkdtempSync(join(tmpdir(), 'flowserv-test-'));
  const faults: string[] = [];
  const bundlesDir = process.env.FLOWSERV_BUNDLES_DIR;
  const callsDir = process.env[CALLS_DIR];
  const requestsDir = process.env[REQUESTS_DIR];
  const record = callsDir ? recordNeeds(callsDir) : undefined;
  const recordRequest = requestsDir ? recordRequests(requestsDir) : undefined;
  // The stack creates its resources with the operator's keys, and tests use these keys for calls that no command makes.
  let recordsOperator = false;
  const dynamodb = process.env[DYNAMODB_LOCAL] ? await startDynamoDbLocal() : undefined;
  const keys = Object.values(readKeys(dataDir));
  const s3 = process.env[VERSITY_GATEWAY] ? await startVersityGateway(keys) : undefined;
  const stack = await startStack({
    dataDir,
    dynamodb: dynamodb?.endpoint,
    s3: s3?.endpoint,
    // Most tests look at what a deletion leaves.
    env: {
      FLOWSERV_API_PORT: '0',
      FLOWSERV_KEEP_DELETED_DAYS: '0',
      ...stepRunner,
      ...faultSettings(),
      ...env,
    },
    isolate,
    ...(bundlesDir ? { bundlesDir } : {}),
    onCall(call) {
      if (call.caller !== 'operator' || recordsOperator) record?.(call);
      recordRequest?.(call);
      onCall?.(call);
    },
    onFault: (line) => faults.push(line),
  });
  recordsOperator = commandsOnly === true;
  const services: Services = createServices(readConfig(stack.operator));

  const request = async (method: string, path: string, options: Request = {}): Promise<Reply> => {
    const { token, body, form, headers, base = stack.url } = options;
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { api_key: token }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(form ? { body: form } : {}),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    const text = bytes.toString('utf8');
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : undefined,
    };
  };

  const upload = (groupId: string, token: string, name: string, content: string, field = 'file') => {
    const form = new FormData();
    form.append(field, new Blob([content]), name);
    return request('POST', `/uploads/${groupId}/files`, { token, form });
  };

  return {
    url: stack.url,
    dataDir,
    operator: stack.operator,
    services,
    faults,
    warnings: stack.warnings,
    request,
    upload,

    /** Installs a workflow as the operator. */
    async install(folder: string, options: InstallOptions & SourceOptions = {}): Promise<string> {
      return (await createWorkflow(services, await readSource(folder, options), options)).id;
    },

    /** Stores an active, logged-in user with the password `password of ${username}`. */
    user: (username: string) => storeUser(services, username),

    /** Creates a group and returns its id. */
    async group(workflowId: string, token: string, name: string): Promise<string> {
      const { json } = await request('POST', `/workflows/${workflowId}/groups`, { token, body: { name } });
      return json.id;
    },

    /** Starts a run that greets the names of an uploaded file, and returns its handle. */
    async greet(
      groupId: string,
      token: string,
      names: string,
      more: readonly object[] = [],
    ): Promise<Reply['json']> {
      const file = await upload(groupId, token, 'names.txt', names);
      const value = { type: '$file', value: { fileId: file.json.id } };
      const body = { arguments: [{ name: 'names', value }, ...more] };
      return (await request('POST', `/groups/${groupId}/runs`, { token, body })).json;
    },

    /** Waits until a run ended; returns its handle. */
    async ended(runId: string, token: string): Promise<Reply['json']> {
      return poll(async () => {
        const { json } = await request('GET', `/runs/${runId}`, { token });
        return ['SUCCESS', 'ERROR', 'CANCELED'].includes(json.state) ? json : undefined;
      }, `run ${runId} did not end`);
    },

    /** Waits until the workflow's post-processing run matches; returns its handle. */
    async postproc(
      workflowId: string,
      fits: (handle: Reply['json']) => boolean,
      token?: string,
    ): Promise<Reply['json']> {
      return poll(async () => {
        const { json } = await request('GET', `/workflows/${workflowId}`, { token });
        return json.postproc && fits(json.postproc) ? json.postproc : undefined;
      }, 'post-processing is not as expected');
    },

    /** Waits until the leaderboard has all results: lists of runs show ranks as they were published last. */
    async published(workflowId: string): Promise<void> {
      await poll(async () => {
        const { dirty, built } = await readLeaderboardState(services, workflowId);
        return dirty === built || undefined;
      }, `the leaderboard of ${workflowId} was not published`);
    },

    async close(): Promise<void> {
      await stack.close();
      await dynamodb?.close();
      await s3?.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Returns the fault settings for all stacks of a test run. */
function faultSettings(): Record<string, string> {
  const { FLOWSERV_FAULTS = '', FLOWSERV_FAULTS_SEED = '' } = process.env;
  return { FLOWSERV_FAULTS, FLOWSERV_FAULTS_SEED };
}

/** Polling takes CPU time from the work that it waits for, so its interval grows. */
const POLL_MS = 50;
const [SLOWER, SLOWEST_MS] = [1.2, 300];
/** Time limit slightly below the timeout of a test. */
const PATIENCE_MS = 110_000;

/** Polls until there is a value. */
export async function poll<T>(ask: () => Promise<T | undefined>, complaint: string): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (let delayMs = POLL_MS; ; delayMs = Math.min(delayMs * SLOWER, SLOWEST_MS)) {
    const value = await ask();
    if (value !== undefined) return value;
    if (Date.now() > until) throw new Error(complaint);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
  }
}
