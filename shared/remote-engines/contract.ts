import type { Readable } from 'node:stream';
import type { RunPlan } from '../engine/run-plan.ts';

/** A file of the folder that the first step starts from. */
export interface RemoteInput {
  /** Relative path, normalised, never `..`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  open(): Promise<Readable>;
}

/** What an engine needs to execute a run. */
export interface RemoteRun {
  readonly runId: string;
  readonly plan: RunPlan;
  readonly inputs: readonly RemoteInput[];
}

/**
 * State of a remote workflow. `created`: it exists, but was not started, so its inputs may be incomplete. `stopped`:
 * its user, its operator or a limit ended it.
 */
export type RemoteState = 'created' | 'queued' | 'running' | 'finished' | 'failed' | 'stopped';

/** A file that a finished workflow left. The engine is not trusted, so neither path nor size has been checked. */
export interface RemoteFile {
  readonly path: string;
  /** Bytes; undefined if the engine does not say it. */
  readonly size: number | undefined;
}

/** The output of one step, as far as the engine reports it. */
interface RemoteLog {
  /** Index of the step in the plan. */
  readonly step: number;
  readonly isFailed: boolean;
  /** Absent if the engine does not report it. */
  readonly exitCode?: number;
  readonly text: string;
}

/** What an engine reports about a workflow that ended without success. */
export interface RemoteLogs {
  /** Of the steps that began, in their order. */
  readonly steps: readonly RemoteLog[];
  /** Of the workflow itself; empty if it has none. */
  readonly workflow: string;
}

/**
 * A client of a remote engine (flowServ engine specification, remote workflow controller). Each call may be repeated:
 * workflows carry the id of the run, so that a lost response does not lead to a second workflow.
 *
 * All methods throw an `EngineError` for a failed request or a response that they cannot use.
 */
export interface RemoteEngine {
  /** Returns the id of the run's workflow, or undefined if the engine has none. */
  find(runId: string): Promise<string | undefined>;
  /** Creates the workflow of a run that has none, and returns its id. */
  create(run: RemoteRun): Promise<string>;
  /** Uploads the inputs, and starts a workflow in state `created`; nothing, for an engine without that state. */
  start(id: string, run: RemoteRun): Promise<void>;
  state(id: string): Promise<RemoteState>;
  logs(id: string, run: Pick<RemoteRun, 'runId' | 'plan'>): Promise<RemoteLogs>;
  /** Lists the files at a path, or below it if it is a folder. */
  list(id: string, path: string): Promise<readonly RemoteFile[]>;
  /** Opens a file; the caller reads or destroys the stream, and must not expect that it has the listed size. */
  download(id: string, path: string): Promise<Readable>;
  /** Whether `download` can request a path. */
  canDownload(path: string): boolean;
  /**
   * Stops all workflows of a run that have not ended; does nothing if there are none.
   *
   * @param id of the only workflow, if it is known
   */
  stop(runId: string, id?: string): Promise<void>;
}
