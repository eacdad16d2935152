import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { faultsOfRequest, faultsOfResponse, operationOf } from './contract.ts';
import { createWorkflow, reanaSpecification, type Workflow } from './workflow.ts';

export const REANA_TOKEN = 'reana-token-of-the-tests';

interface Reply {
  readonly status: number;
  /** JSON, or the bytes of a file. */
  readonly body: object | Buffer;
}

interface Request {
  readonly url: URL;
  readonly bytes: Buffer;
  readonly json: unknown;
}

/** What a test may change. */
interface State {
  /** Whether started workflows stay in the queue. */
  isPaused: boolean;
  /** What the server does instead of an operation; returns whether it did. */
  misbehave: (operation: string, response: ServerResponse) => boolean;
  /** What the server waits for before an operation. */
  before: (operation: string) => Promise<void>;
  /** Operations that are performed, but whose next response is lost. */
  readonly lost: Set<string>;
}
const createState = (): State => ({
  isPaused: false,
  misbehave: () => false,
  before: async () => undefined,
  lost: new Set(),
});

const message = (status: number, text: string): Reply => ({ status, body: { message: text } });

/** Starts a server with the part of reana-server's API that clients of serial workflows use. */
export async function startReanaServer() {
  const root = mkdtempSync(join(tmpdir(), 'flowserv-reana-'));
  const workflows: Workflow[] = [];
  const waiting: Workflow[] = [];
  const faults: string[] = [];
  const calls: string[] = [];
  const state: State = createState();

  const begin = (workflow: Workflow) => {
    workflow.execute().catch((error: unknown) => faults.push(String(error)));
  };
  const operations = createOperations(root, workflows, (workflow) => {
    workflow.set('queued');
    if (state.isPaused) waiting.push(workflow);
    else begin(workflow);
  });

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://reana');
    const bytes = Buffer.concat(await Array.fromAsync(request));
    const contentType = request.headers['content-type'];
    const json = contentType === 'application/json' ? JSON.parse(bytes.toString() || 'null') : undefined;
    const found = operationOf(request.method ?? '', url.pathname);
    if (!found) {
      faults.push(`unknown operation ${request.method} ${url.pathname}`);
      return send(response, { status: 404, body: {} });
    }
    const { operationId } = found.operation;
    calls.push(operationId);
    faults.push(...faultsOfRequest(found, { method: request.method ?? '', url, contentType, json }));
    if (state.misbehave(operationId, response)) return;
    await state.before(operationId);
    const reply =
      operationId !== 'ping' && url.searchParams.get('access_token') !== REANA_TOKEN
        ? message403()
        : operations(operationId, found.values, { url, bytes, json });
    if (!Buffer.isBuffer(reply.body)) faults.push(...faultsOfResponse(found, reply.status, reply.body));
    if (state.lost.delete(operationId)) response.destroy();
    else send(response, reply);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      faults.push(String(error));
      send(response, { status: 500, body: {} });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    workflows,
    /** Differences between requests or responses and the published document. */
    faults,
    /** Ids of the operations that were called. */
    calls,
    state,
    /** Behaves as at the start, and begins the workflows that waited. */
    resume() {
      Object.assign(state, createState());
      waiting.splice(0).forEach(begin);
    },
    async close(): Promise<void> {
      for (const workflow of workflows) workflow.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(root, { recursive: true, force: true });
    },
  };
}
export type ReanaServer = Awaited<ReturnType<typeof startReanaServer>>;

const message403 = () => message(403, 'Token not valid.');

function send(response: ServerResponse, { status, body }: Reply): void {
  const isFile = Buffer.isBuffer(body);
  response.writeHead(status, { 'content-type': isFile ? 'application/octet-stream' : 'application/json' });
  response.end(isFile ? body : JSON.stringify(body));
}

/** The operations by their ids in the document. */
function createOperations(root: string, workflows: Workflow[], start: (workflow: Workflow) => void) {
  const fullName = (workflow: Workflow) => {
    const same = workflows.filter(({ name }) => name === workflow.name);
    return `${workflow.name}.${same.indexOf(workflow) + 1}`;
  };
  const findWorkflow = (name: string) =>
    workflows.find((one) => one.id === name || fullName(one) === name) ??
    workflows.findLast((one) => one.name === name);
  const described = (workflow: Workflow) => ({
    workflow_id: workflow.id,
    workflow_name: fullName(workflow),
    status: workflow.status(),
    user: 'u',
  });

  const ofWorkflow = (operation: string, workflow: Workflow, fileName: string, request: Request): Reply => {
    const query = request.url.searchParams;
    const path = join(workflow.workspace, query.get('file_name') ?? fileName);
    switch (operation) {
      case 'get_workflow_status':
        return { status: 200, body: statusOf(workflow, fullName(workflow)) };
      case 'get_workflow_logs':
        return { status: 200, body: logsOf(workflow, fullName(workflow)) };
      case 'start_workflow':
        if (workflow.status() !== 'created')
          return message(409, `Workflow ${workflow.id} could not be started`);
        start(workflow);
        return { status: 200, body: { ...described(workflow), message: 'Workflow successfully launched' } };
      case 'set_workflow_status':
        return setStatus(workflow, query.get('status') ?? '', described);
      case 'upload_file':
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, request.bytes);
        return message(200, `${query.get('file_name')} has been successfully uploaded.`);
      case 'get_files': {
        const items = filesBelow(workflow.workspace, query.get('file_name') ?? '');
        return { status: 200, body: { items, total: items.length } };
      }
      case 'download_file':
        return isFile(path)
          ? { status: 200, body: readFileSync(path) }
          : message(404, `${fileName} does not exist.`);
      default:
        throw new Error(`operation ${operation} is not part of this server`);
    }
  };

  return (operation: string, values: ReadonlyMap<string, string>, request: Request): Reply => {
    const query = request.url.searchParams;
    if (operation === 'ping') return { status: 200, body: { message: 'OK', status: '200' } };
    if (operation === 'create_workflow') {
      const parsed = reanaSpecification.safeParse(request.json);
      if (!parsed.success) return message(400, 'the specification is not valid');
      const workflow = createWorkflow(root, query.get('workflow_name') ?? '', parsed.data);
      workflows.push(workflow);
      const { workflow_id, workflow_name } = described(workflow);
      return { status: 201, body: { workflow_id, workflow_name, message: 'Workflow workspace created' } };
    }
    if (operation === 'get_workflows') {
      const name = query.get('workflow_id_or_name');
      const found = workflows
        .filter((one) => name === null || one.name === name || one.id === name)
        .toReversed();
      const items = found.map((one) => ({
        ...statusOf(one, fullName(one)),
        size: { raw: -1, human_readable: '' },
      }));
      return { status: 200, body: { items, total: items.length } };
    }
    const name = values.get('workflow_id_or_name') ?? '';
    const workflow = findWorkflow(name);
    if (!workflow) return message(404, `Workflow ${name} does not exist.`);
    return ofWorkflow(operation, workflow, values.get('file_name') ?? '', request);
  };
}

function setStatus(workflow: Workflow, wanted: string, described: (one: Workflow) => object): Reply {
  const now = workflow.status();
  if (wanted === 'deleted' && now !== 'running') workflow.set('deleted');
  else if (wanted === 'stop' && (now === 'running' || now === 'queued')) workflow.stop();
  else return message(409, `Workflow ${workflow.id} is not running.`);
  return { status: 200, body: { ...described(workflow), message: `Workflow successfully ${wanted}` } };
}

const statusOf = (workflow: Workflow, name: string) => {
  const jobs = (wanted: string) => {
    const found = workflow.jobs.filter(({ status }) => status === wanted);
    return { total: found.length, job_ids: found.map((job) => String(workflow.jobs.indexOf(job))) };
  };
  const { steps } = workflow.specification.workflow.specification;
  const total = { total: steps.length, job_ids: [] };
  const progress = { total, finished: jobs('finished'), failed: jobs('failed'), running: jobs('running') };
  return {
    id: workflow.id,
    name,
    status: workflow.status(),
    user: 'u',
    created: '2026-01-01T00:00:00',
    progress: { ...progress, run_started_at: null, run_finished_at: null },
  };
};

const logsOf = (workflow: Workflow, name: string) => {
  const jobs = workflow.jobs.map((job, index) => [
    String(index),
    {
      workflow_uuid: workflow.id,
      job_name: job.name,
      compute_backend: 'Kubernetes',
      backend_job_id: `reana-run-job-${index}`,
      docker_img: job.image,
      cmd: job.command,
      status: job.status,
      logs: job.logs,
      started_at: null,
      finished_at: null,
    },
  ]);
  const logs = { workflow_logs: '', job_logs: Object.fromEntries(jobs), engine_specific: null };
  const { id } = workflow;
  const names = { workflow_id: id, workflow_name: name, user: 'u' };
  return { ...names, logs: JSON.stringify(logs), live_logs_enabled: false };
};

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** The files at a path of a workspace, or below it. */
function filesBelow(workspace: string, path: string) {
  const top = join(workspace, path);
  const describe = (file: string) => {
    const raw = statSync(file).size;
    const size = { raw, human_readable: `${raw} Bytes` };
    return { name: relative(workspace, file), size, 'last-modified': '2026-01-01T00:00:00' };
  };
  if (isFile(top)) return [describe(top)];
  if (!statSync(top, { throwIfNoEntry: false })) return [];
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => describe(join(entry.parentPath, entry.name)));
}
