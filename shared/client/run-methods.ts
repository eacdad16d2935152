import type * as z from 'zod';
import type { Run } from '../api/answers.ts';
import type { startRunBody } from '../api/bodies.ts';
import type { RunLogs } from '../api/log-answers.ts';
import type { StreamName } from '../runs/logs/streams.ts';
import { isActive, type RunState } from '../runs/state.ts';
import { follow } from './follow.ts';
import { allPages } from './organiser-methods.ts';
import type { Transport } from './transport.ts';

/** An argument of a run; a file is `{type: '$file', value: {fileId, targetPath?}}`. */
export interface RunArgument {
  readonly name: string;
  readonly value: unknown;
}
export interface NewRun {
  readonly arguments?: readonly RunArgument[];
  readonly config?: z.input<typeof startRunBody>['config'];
}
/** A page of the log of a run. */
export interface LogChoice {
  readonly step?: number;
  readonly stream?: StreamName;
  readonly after?: number;
}
/** The methods of the client that concern runs. */
export const runMethods = ({ read, poll, pause, send, download }: Transport) => ({
  /**
   * Starts a run.
   *
   * @example
   * const run = await client.runs.start(group.id, {
   *   arguments: [{ name: 'names', value: { type: '$file', value: { fileId: file.id } } }],
   * });
   */
  start: (userGroupId: string, run: NewRun = {}) =>
    read('runs:start', { params: { userGroupId }, json: run }),
  /**
   * Lists the runs of a group, all or those in one state.
   *
   * @example
   * const active = await client.runs.list(group.id, 'RUNNING');
   */
  list: async (userGroupId: string, state?: RunState) => {
    const call = { params: { userGroupId }, query: { state } };
    return (await read('groups:runs', call)).runs;
  },
  /** Returns a run. @example const { state, files } = await client.runs.get(run.id); */
  get: (runId: string) => read('runs:get', { params: { runId } }),
  /**
   * Follows a run until it ends: asks as often as the server wants, and transfers only changes.
   *
   * @param onChange called with the run whenever it changed
   * @returns the run as it ended
   * @example
   * const { state } = await client.runs.follow(run.id, ({ reason }) => console.log(reason));
   */
  follow: (runId: string, onChange?: (run: Run) => unknown) =>
    follow<Run>(
      ({ etag, wait }) => poll('runs:get', { params: { runId }, query: { wait: wait?.toString() }, etag }),
      { isOver: ({ state }) => !isActive(state), onChange, pause },
    ),
  /**
   * Follows the output of a run until it ends.
   *
   * @param onChange called with the steps and the end of their output whenever something is new, and awaited
   * @example
   * await client.runs.followLogs(run.id, ({ steps }) => console.log(steps));
   */
  followLogs: (runId: string, onChange: (logs: RunLogs) => unknown) =>
    follow<RunLogs>(({ etag }) => poll('runs:logs', { params: { runId }, etag }), {
      isOver: ({ state }) => !isActive(state),
      onChange,
      pause,
    }),
  /**
   * Returns the steps of a run with the end of their output, or one page of the output of a step.
   *
   * @param page `after` is the `next` of the page before
   * @example
   * const { steps } = await client.runs.logs(run.id, { step: 0, stream: 'stdout', after: 0 });
   */
  logs: (runId: string, { step, stream, after }: LogChoice = {}) =>
    read('runs:logs', {
      params: { runId },
      query: { step: step?.toString(), stream, after: after?.toString() },
    }),
  /**
   * Downloads the whole output of a step.
   *
   * @example
   * const response = await client.runs.downloadLog(run.id, 0, 'stderr');
   */
  downloadLog: (runId: string, step: number, stream: StreamName) =>
    download('runs:logs:stream', { params: { runId, taskId: String(step), stream } }),
  /**
   * Downloads the RO-Crate of an ended run: its provenance, its uploads and its outputs.
   *
   * @throws ApiError `download.not-ready` while the server creates it; `whenReady` waits for it
   * @example
   * const response = await whenReady(() => client.runs.downloadCrate(run.id));
   */
  downloadCrate: (runId: string) => download('runs:crate', { params: { runId } }),
  /**
   * Compares two runs.
   *
   * @example
   * const { files } = await client.runs.diff(run.id, otherRun.id);
   */
  diff: (runId: string, otherRunId: string) => read('runs:diff', { params: { runId, otherRunId } }),
  /**
   * Returns what the steps of a run wrote, private output included; one request per part of the list. For owners,
   * organisers and viewers of the workflow.
   *
   * @example
   * const steps = await client.runs.output(run.id);
   */
  output: (runId: string) =>
    allPages(async (cursor) => {
      const { steps, nextCursor } = await read('runs:output', { params: { runId }, query: { cursor } });
      return { entries: steps, nextCursor };
    }),
  /** Cancels an active run. @example await client.runs.cancel(run.id, 'wrong input'); */
  cancel: (runId: string, reason?: string) =>
    read('runs:cancel', { params: { runId }, json: reason === undefined ? {} : { reason } }),
  /**
   * Deletes an ended run. It can be restored for some days, unless `now` removes its data at once.
   *
   * @example
   * await client.runs.delete(run.id);
   */
  delete: async (runId: string, { now = false } = {}) => {
    await send('runs:delete', { params: { runId }, query: { now: now ? 'true' : undefined } });
  },
  /** Restores a deleted run. @example await client.runs.restore(run.id); */
  restore: (runId: string) => read('runs:restore', { params: { runId } }),
  /**
   * Downloads all outputs of a run, as an archive.
   *
   * @throws ApiError `download.not-ready` while the server creates the archive; `whenReady` waits for it
   * @example
   * const response = await whenReady(() => client.runs.downloadArchive(run.id));
   */
  downloadArchive: (runId: string) => download('runs:download:archive', { params: { runId } }),
  /**
   * Downloads one output of a run.
   *
   * @example
   * const response = await client.runs.downloadFile(run.id, fileId);
   */
  downloadFile: (runId: string, fileId: string) =>
    download('runs:download:file', { params: { runId, fileId } }),
});
