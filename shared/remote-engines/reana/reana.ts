import { Readable } from 'node:stream';
import { findJson } from '../../documents/json-value.ts';
import type { RunPlan } from '../../engine/run-plan.ts';
import type { RemoteEngine, RemoteLogs, RemoteRun, RemoteState } from '../contract.ts';
import { EngineError } from '../engine-error.ts';
import type { EngineHttp } from '../http.ts';
import * as responses from './responses.ts';
import { reanaSpecification, stepOfName, stepScripts } from './specification.ts';

/** Name of a run's workflow. REANA appends a number for each workflow of the same name. */
const nameOf = (runId: string): string => `flowserv-${runId}`;

const states: Readonly<Record<responses.ReanaStatus, RemoteState>> = {
  created: 'created',
  queued: 'queued',
  pending: 'queued',
  running: 'running',
  finished: 'finished',
  failed: 'failed',
  stopped: 'stopped',
  deleted: 'stopped',
};

/** Statuses that a workflow does not leave. */
const ENDED: readonly responses.ReanaStatus[] = ['finished', 'failed', 'stopped', 'deleted'];

/** Parts of the path of a workflow. */
const at = (id: string, ...rest: readonly string[]) => ['api', 'workflows', id, ...rest];

/** The client of a REANA cluster, by the API of reana-server. */
export const createReana = (http: EngineHttp): RemoteEngine => ({
  ...createLifeCycle(http),
  ...createReads(http),
});

/** The batch workflows with the name of a run, the newest first. */
async function workflowsOf(http: EngineHttp, runId: string) {
  const query = { type: 'batch', workflow_id_or_name: nameOf(runId) };
  const { items } = await http.json(
    { method: 'GET', path: ['api', 'workflows'], query },
    responses.workflows,
  );
  return items.filter(({ name }) => name.replace(/\.\d+$/, '') === nameOf(runId));
}

function createLifeCycle(http: EngineHttp): Pick<RemoteEngine, 'find' | 'create' | 'start' | 'stop'> {
  const upload = (id: string, path: string, size: number, body: Readable) => {
    const query = { file_name: path };
    const call = { method: 'POST', path: at(id, 'workspace'), query, file: { body, size } } as const;
    return http.json(call, responses.anything);
  };
  return {
    async find(runId) {
      const found = await workflowsOf(http, runId);
      return found.find(({ status }) => status !== 'deleted')?.id;
    },

    async create(run) {
      const query = { workflow_name: nameOf(run.runId) };
      const call = {
        method: 'POST',
        path: ['api', 'workflows'],
        query,
        json: reanaSpecification(run),
      } as const;
      return (await http.json(call, responses.created)).workflow_id;
    },

    async start(id, run: RemoteRun) {
      for (const { path, size, open } of run.inputs) await upload(id, path, size, await open());
      for (const { path, text } of stepScripts(run)) {
        const content = Buffer.from(text);
        await upload(id, path, content.length, Readable.from([content]));
      }
      // Without its cache, which takes results of other workflows with the same commands.
      const json = { operational_options: { CACHE: 'off' } };
      // A conflict means that the response to an earlier start was lost.
      await unless(409, http.json({ method: 'POST', path: at(id, 'start'), json }, responses.anything));
    },

    async stop(runId) {
      for (const { id, status } of await workflowsOf(http, runId)) {
        if (ENDED.includes(status)) continue;
        // A workflow that was not started cannot be stopped.
        const wanted = status === 'created' ? 'deleted' : 'stop';
        const call = { method: 'PUT', path: at(id, 'status'), query: { status: wanted }, json: {} } as const;
        await http.json(call, responses.anything);
      }
    },
  };
}

function createReads(
  http: EngineHttp,
): Pick<RemoteEngine, 'state' | 'logs' | 'list' | 'canDownload' | 'download'> {
  return {
    async state(id) {
      const call = { method: 'GET', path: at(id, 'status') } as const;
      const found = await unless(404, http.json(call, responses.status));
      return found ? states[found.status] : 'stopped';
    },

    async logs(id, { plan }) {
      const { logs } = await http.json({ method: 'GET', path: at(id, 'logs') }, responses.logs);
      return readLogs(logs, plan);
    },

    async list(id, path) {
      const query = { file_name: path.replace(/\/$/, '') };
      const call = { method: 'GET', path: at(id, 'workspace'), query } as const;
      const { items } = (await unless(404, http.json(call, responses.files))) ?? { items: [] };
      return items.map(({ name, size }) => ({ path: name, size: size.raw }));
    },

    // Wildcards stand for several files.
    canDownload: (path) => !/[*?[\]]/.test(path),

    download: (id, path) => http.open({ method: 'GET', path: at(id, 'workspace', ...path.split('/')) }),
  };
}

/** Awaits a response; undefined for an error with the given status. */
async function unless<T>(status: number, response: Promise<T>): Promise<T | undefined> {
  try {
    return await response;
  } catch (error) {
    if (error instanceof EngineError && error.status === status) return undefined;
    throw error;
  }
}

/** Reads the logs of jobs: each command of a step is a job with the step's name. */
function readLogs(text: string, { steps }: RunPlan): RemoteLogs {
  const { data } = responses.logsText.safeParse(findJson(text));
  if (!data) return { steps: [], workflow: '' };
  const jobs = Object.values(data.job_logs ?? {}).flatMap(({ job_name: name, status, logs }) => {
    const step = steps.find(({ index, skipped }) => !skipped && index === stepOfName(name));
    return step ? [{ step: step.index, isFailed: status === 'failed', text: logs ?? '' }] : [];
  });
  return { steps: jobs.toSorted((a, b) => a.step - b.step), workflow: data.workflow_logs ?? '' };
}
