import type { ConfiguredEngine } from '../../engine-setting.ts';
import { covers } from '../../template/output-paths.ts';
import type { RemoteEngine, RemoteState } from '../contract.ts';
import { EngineError } from '../engine-error.ts';
import type { EngineHttp } from '../http.ts';
import { findRuns } from './find-runs.ts';
import { readLogs } from './logs.ts';
import { elsewhere, type OutputFile, readOutputs } from './outputs.ts';
import { readLogTexts } from './read-log-texts.ts';
import * as responses from './responses.ts';
import { runRequest, typeVersion } from './run-request.ts';

const states: Readonly<Record<responses.WesState, RemoteState>> = {
  UNKNOWN: 'queued',
  QUEUED: 'queued',
  INITIALIZING: 'queued',
  RUNNING: 'running',
  PAUSED: 'running',
  CANCELING: 'running',
  COMPLETE: 'finished',
  EXECUTOR_ERROR: 'failed',
  SYSTEM_ERROR: 'stopped',
  CANCELED: 'stopped',
  PREEMPTED: 'stopped',
  DELETED: 'stopped',
  DELETING: 'stopped',
};

type WesSetting = Pick<Extract<ConfiguredEngine, { kind: 'wes' }>, 'workflowEngine'>;

/** The client of a server with the API of GA4GH WES, version 1.0 or 1.1, that executes CWL v1.2. */
export const createWes = (http: EngineHttp, { workflowEngine }: WesSetting = {}): RemoteEngine => ({
  ...createLifeCycle(http, workflowEngine),
  ...createReads(http),
});

async function stateOf(http: EngineHttp, id: string): Promise<responses.WesState> {
  const call = { method: 'GET', path: ['runs', id, 'status'] } as const;
  return (await unlessGone(http.json(call, responses.status)))?.state ?? 'DELETED';
}

function createLifeCycle(
  http: EngineHttp,
  workflowEngine: string | undefined,
): Pick<RemoteEngine, 'find' | 'create' | 'start' | 'state' | 'stop'> {
  return {
    find: async (runId) => (await findRuns(http, runId))[0],

    async create(run) {
      const info = await http.json({ method: 'GET', path: ['service-info'] }, responses.serviceInfo);
      const file = runRequest(run, typeVersion(info), workflowEngine);
      return (await http.json({ method: 'POST', path: ['runs'], file }, responses.runId)).run_id;
    },

    // `create` starts the run.
    start: async () => undefined,

    state: async (id) => states[await stateOf(http, id)],

    async stop(runId, known) {
      for (const id of known === undefined ? await findRuns(http, runId) : [known]) {
        const state = await stateOf(http, id);
        if (state === 'CANCELING' || /finished|failed|stopped/.test(states[state])) continue;
        const call = { method: 'POST', path: ['runs', id, 'cancel'] } as const;
        await unlessGone(http.json(call, responses.anything));
      }
    },
  };
}

function createReads(http: EngineHttp): Pick<RemoteEngine, 'logs' | 'list' | 'canDownload' | 'download'> {
  const logCall = (id: string) => ({ method: 'GET', path: ['runs', id] }) as const;
  /** Outputs by the id of their run: they are listed once, and do not change. */
  const known = new Map<string, Promise<ReadonlyMap<string, OutputFile>>>();
  const read = async (id: string) => {
    const { outputs } = await http.json(logCall(id), responses.runLog, responses.LOG_BYTES);
    return new Map(readOutputs(outputs).map((file) => [file.path, file]));
  };
  const outputsOf = (id: string) => {
    const files = known.get(id) ?? read(id);
    known.set(id, files);
    return files;
  };
  return {
    async logs(id, run) {
      const log = await http.json(logCall(id), responses.runLog, responses.LOG_BYTES);
      const { texts, engineText } = await readLogTexts(http, id, run.runId, log);
      return readLogs(run, texts, engineText);
    },

    list: async (id, path) => [...(await outputsOf(id)).values()].filter((file) => covers(path, file.path)),

    canDownload: () => true,

    async download(id, path) {
      const file = (await outputsOf(id)).get(path);
      if (!file) throw new EngineError('a file is not among the outputs');
      const address = http.ownAddress(file.location, logCall(id));
      if (!address) throw elsewhere(file);
      return http.openAt(address);
    },
  };
}

/** Awaits a response; undefined if the engine does not know the run any more. */
async function unlessGone<T>(response: Promise<T>): Promise<T | undefined> {
  try {
    return await response;
  } catch (error) {
    if (error instanceof EngineError && (error.status === 404 || error.status === 410)) return undefined;
    throw error;
  }
}
