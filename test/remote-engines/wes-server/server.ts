import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultsOfRequest, faultsOfResponse } from '../../api-http/wes-document.ts';
import { createRun, directory, type RunRequest, type WesRun } from './workflow.ts';

export const WES_TOKEN = 'wes-token-of-the-tests';
/** Base path of the API, by the standard. */
const BASE = '/ga4gh/wes/v1';

interface Reply {
  readonly status: number;
  /** JSON, or the bytes of a file. */
  readonly body: object | Buffer;
}

/** What a test may change. */
interface State {
  /** Whether runs stay in the queue. */
  isPaused: boolean;
  /** Whether `GET runs` lists tags, as of WES 1.1. */
  listsTags: boolean;
  /** Runs of a page. */
  pageSize: number;
  /** What the server does instead of an operation, which is named `GET /runs`; returns whether it did. */
  misbehave: (operation: string, response: ServerResponse) => boolean;
  /** What the server waits for before an operation. */
  before: (operation: string) => Promise<void>;
  /** Operations that are performed, but whose next response is lost. */
  readonly lost: Set<string>;
  /** Replaces parts of the log of a run. */
  readonly log: (run: WesRun) => object;
  readonly typeVersions: object;
}
const createState = (): State => ({
  isPaused: false,
  listsTags: true,
  pageSize: 2,
  misbehave: () => false,
  before: async () => undefined,
  lost: new Set(),
  log: () => ({}),
  typeVersions: { CWL: { workflow_type_version: ['v1.0', 'v1.2'] } },
});

const error = (status: number, msg: string): Reply => ({ status, body: { msg, status_code: status } });

/**
 * Starts a server with the API of GA4GH WES 1.1, which interprets CWL. Each request and each response is checked against
 * the published document.
 */
export async function startWesServer() {
  const root = mkdtempSync(join(tmpdir(), 'flowserv-wes-'));
  const runs: WesRun[] = [];
  const waiting: WesRun[] = [];
  const faults: string[] = [];
  const calls: string[] = [];
  const state: State = createState();
  const begin = (run: WesRun) => {
    run.run().catch((failure: unknown) => faults.push(String(failure)));
  };
  const start = (request: RunRequest) => {
    const run = createRun(root, randomUUID(), request);
    runs.push(run);
    if (state.isPaused) waiting.push(run);
    else begin(run);
    return run;
  };
  let address = '';

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '' } = request;
    const url = new URL(request.url ?? '', address);
    const bytes = Buffer.concat(await Array.fromAsync(request));
    const isTrusted = request.headers.authorization === `Bearer ${WES_TOKEN}`;
    if (!url.pathname.startsWith(BASE)) {
      return send(response, isTrusted ? fileAt(runs, url.pathname) : error(403, 'no token'));
    }
    const path = url.pathname.slice(BASE.length);
    const operation = `${method} ${path.replace(/^\/runs\/[^/]+/, '/runs/ID')}`;
    calls.push(operation);
    const type = request.headers['content-type'] ?? '';
    const form =
      bytes.length > 0
        ? await new Response(bytes, { headers: { 'content-type': type } }).formData()
        : undefined;
    faults.push(...faultsOfRequest(method, url, path, form));
    if (state.misbehave(operation, response)) return;
    await state.before(operation);
    const reply = isTrusted
      ? await perform(operation, path.split('/')[2] ?? '', url.searchParams, form)
      : error(403, 'The token is not valid.');
    faults.push(...faultsOfResponse(method, path, reply.status, reply.body, { statuses: [], ofErrors: [] }));
    if (state.lost.delete(operation)) response.destroy();
    else send(response, reply);
  };

  const perform = async (
    operation: string,
    id: string,
    query: URLSearchParams,
    form?: FormData,
  ): Promise<Reply> => {
    if (operation === 'GET /service-info') return { status: 200, body: serviceInfo(state.typeVersions) };
    if (operation === 'GET /runs') return { status: 200, body: page(runs, query, state) };
    if (operation === 'POST /runs') {
      const run = start(await requestOf(form ?? new FormData()));
      return { status: 200, body: { run_id: run.id } };
    }
    const run = runs.find((one) => one.id === id);
    if (!run) return error(404, 'The requested run is not found.');
    switch (operation) {
      case 'GET /runs/ID/status':
        return { status: 200, body: { run_id: id, state: run.state() } };
      case 'GET /runs/ID':
        return { status: 200, body: { ...logOf(run, address), ...state.log(run) } };
      case 'GET /runs/ID/tasks':
        return { status: 200, body: { task_logs: [], next_page_token: '' } };
      case 'POST /runs/ID/cancel':
        run.stop();
        return { status: 200, body: { run_id: id } };
      default:
        throw new Error(`operation ${operation} is not part of this server`);
    }
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((failure: unknown) => {
      faults.push(String(failure));
      send(response, error(500, String(failure)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${address}${BASE}`,
    runs,
    /** Differences between requests or responses and the published document. */
    faults,
    /** Operations that were called. */
    calls,
    state,
    /** Behaves as at the start, and begins the runs that waited. */
    resume() {
      Object.assign(state, createState());
      waiting.splice(0).forEach(begin);
    },
    /** Begins the runs that wait. */
    begin: () => waiting.splice(0).forEach(begin),
    async close(): Promise<void> {
      for (const run of runs) run.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(root, { recursive: true, force: true });
    },
  };
}
export type WesServer = Awaited<ReturnType<typeof startWesServer>>;

function send(response: ServerResponse, { status, body }: Reply): void {
  const isFile = Buffer.isBuffer(body);
  response.writeHead(status, { 'content-type': isFile ? 'application/octet-stream' : 'application/json' });
  response.end(isFile ? body : JSON.stringify(body));
}

const serviceInfo = (typeVersions: object) => ({
  id: 'org.example.wes',
  name: 'WES of the tests',
  type: { group: 'org.ga4gh', artifact: 'wes', version: '1.1.0' },
  organization: { name: 'Tests', url: 'https://example.org' },
  version: '1.0.0',
  workflow_type_versions: typeVersions,
  supported_wes_versions: ['1.1.0'],
  supported_filesystem_protocols: ['http'],
  workflow_engine_versions: {},
  default_workflow_engine_parameters: [],
  system_state_counts: {},
  auth_instructions_url: 'https://example.org',
  tags: {},
});

function page(runs: readonly WesRun[], query: URLSearchParams, { listsTags, pageSize }: State) {
  const from = Number(query.get('page_token') ?? 0);
  const listed = runs.slice(from, from + pageSize).map((run) => ({
    run_id: run.id,
    state: run.state(),
    ...(listsTags ? { tags: run.tags } : {}),
  }));
  return { runs: listed, next_page_token: from + pageSize < runs.length ? String(from + pageSize) : '' };
}

async function requestOf(form: FormData): Promise<RunRequest> {
  const attachments = new Map<string, Buffer>();
  for (const part of form.getAll('workflow_attachment')) {
    if (!(part instanceof File)) throw new Error('an attachment has no name');
    // Werkzeug and Sapporo remove other characters from names.
    if (!/^[\w.-]+$/.test(part.name)) throw new Error(`a server would change the name ${part.name}`);
    attachments.set(part.name, Buffer.from(await part.arrayBuffer()));
  }
  const text = (name: string) => String(form.get(name));
  return {
    document: attachments.get(text('workflow_url'))?.toString() ?? '',
    parameters: JSON.parse(text('workflow_params')),
    tags: JSON.parse(text('tags')),
    attachments,
  };
}

function logOf(run: WesRun, address: string) {
  const isComplete = run.state() === 'COMPLETE';
  const folder = `${address}/files/${run.id}/outputs`;
  return {
    run_id: run.id,
    request: {
      workflow_type: 'CWL',
      workflow_type_version: 'v1.2',
      workflow_url: 'workflow.cwl',
      tags: run.tags,
    },
    state: run.state(),
    run_log: { stderr: `${address}/files/${run.id}/stderr` },
    outputs: isComplete ? { outputs: directory(run.outputFolder('outputs'), folder, 'outputs') } : {},
  };
}

/** The log of a run, or a file of its outputs. */
function fileAt(runs: readonly WesRun[], path: string): Reply {
  const [, , id, ...rest] = path.split('/').map(decodeURIComponent);
  const run = runs.find((one) => one.id === id);
  if (!run) return error(404, 'no file');
  if (rest[0] === 'stderr') return { status: 200, body: Buffer.from(run.stderr()) };
  return { status: 200, body: readFileSync(join(run.outputFolder('outputs'), ...rest.slice(1))) };
}
