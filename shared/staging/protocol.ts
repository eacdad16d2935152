/**
 * The protocol between the staging program and the ticket broker.
 *
 * All requests are `POST` with a JSON body and the header `Authorization: Bearer <ticket>`; a ticket is
 * valid for one attempt of one step. Links in responses are valid for at most 15 minutes; a repeated request for the
 * same page or upload returns fresh ones. The schemas for the broker's side are in `protocol-schema.ts`, the checks
 * of the program's side in `protocol-reader.ts`: this file holds types and constants only.
 */

import type { Warning } from '../documents/warning.ts';
import type { HandOver } from '../template/static-paths.ts';

/** Maximum entries in one page of inputs, and files in one request for upload links. */
export const PAGE_ENTRIES = 1_000;

/** `POST {FS_BROKER}/inputs` */
export interface InputsRequest {
  /** 0, or the `next` of an earlier page. */
  readonly page: number;
}

export interface InputsPage {
  readonly step: StepName;
  /** Text of `step.sh`. */
  readonly script: string;
  /** Further files of `ctl`: name → text. Absent for container steps. */
  readonly control?: Readonly<Record<string, string>>;
  /** Folders that the step expects to exist, such as the parents of its outputs. */
  readonly folders: readonly string[];
  readonly entries: readonly StagedEntry[];
  /** Number of the following page, or null on the last. All other fields are the same on each page. */
  readonly next: number | null;
  /** Whether another step follows in the same task. */
  readonly isFollowed: boolean;
  readonly keep: Keep;
  readonly limits: StepLimits;
}

export interface StepName {
  readonly index: number;
  readonly name: string;
  readonly attempt: number;
}

/** What is kept of the tree after a step that exits with 0. */
export interface Keep {
  /** Relative paths; a path that ends in `/`, or names a folder, stands for all files below it. */
  readonly outputs: readonly string[];
  /** Path of the result document, uploaded separately as well. */
  readonly resultFile: string | null;
  /** Whether a later step needs the tree: changed files and the next manifest are uploaded. */
  readonly tree: boolean;
  /** Whether a gzip tar of the outputs is created. */
  readonly archive: boolean;
  /** Whether the step must leave a result, which becomes a variable of later steps. Absent means false. */
  readonly variable?: boolean;
  /** Path of a file that is kept if the step fails, such as an executed notebook. */
  readonly onFailure?: string;
  /** Which parts of the tree reach the next step. */
  readonly handOver: HandOver;
}

/** Upper bounds; exceeding one of the first three fails the step. */
export interface StepLimits {
  /** Files, links and folders together. */
  readonly files: number;
  /** Size of one file. */
  readonly fileBytes: number;
  /** Size of all files together. */
  readonly treeBytes: number;
  /** Running time of the step, from its container's start. */
  readonly deadlineSeconds: number;
  /** Size of the uploaded logs of all commands together. */
  readonly logBytes: number;
}

/** Where the bytes of a file are stored: under an identifier from the broker, or as an object named by its digest. */
export type FileSource =
  | { readonly kind: 'input'; readonly id: string }
  | { readonly kind: 'tree'; readonly id: string };

export interface FileEntry {
  readonly type: 'file';
  /** Relative path without `.`, `..` and empty segments, at most 1,024 bytes of UTF-8. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly size: number;
  /** Lower-case hex, as everywhere here. */
  readonly sha256: string;
  readonly source: FileSource;
  /** A static file of the template: a step's changes to it are dropped unless it is a declared output. */
  readonly protected: boolean;
  /**
   * A static file that only trusted steps see. No link may lead to it: a participant's earlier step could have made
   * the link to present the file as its own output.
   */
  readonly private?: boolean;
}

export interface LinkEntry {
  readonly type: 'link';
  readonly path: string;
  /** Relative to the link's own folder; must stay inside the tree. */
  readonly target: string;
}

interface FolderEntry {
  readonly type: 'folder';
  readonly path: string;
}

export type TreeEntry = FileEntry | LinkEntry | FolderEntry;

/** An entry to lay out; `url` is a link for GET on the file's bytes, with `Range` allowed. */
export type StagedEntry = (FileEntry & { readonly url: string }) | LinkEntry | FolderEntry;

/** The tree after a step, for the next one; folders are listed only if they are empty. */
export interface StepManifest {
  readonly v: 1;
  readonly entries: readonly TreeEntry[];
}

export const UPLOAD_KINDS = [
  'tree',
  'output',
  'archive',
  'result',
  'log',
  'manifest',
  'variable',
  'status',
] as const;
export type UploadKind = (typeof UPLOAD_KINDS)[number];

/**
 * A file to upload. `tree`, `output` and `result` carry the path in the run tree; `log` is one of `LOG_NAMES`; `archive`, `manifest`, `variable` and `status` have fixed names.
 */
export interface UploadFile {
  readonly kind: UploadKind;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** `POST {FS_BROKER}/uploads` */
export interface UploadsRequest {
  readonly files: readonly UploadFile[];
}

export interface UploadsResponse {
  readonly uploads: readonly UploadLink[];
  /** Whether a user read the log of the run within the last minute. */
  readonly watched?: boolean;
}

/** A link for PUT; the request carries exactly these headers, which bind the digest. */
export interface UploadLink {
  readonly kind: UploadKind;
  readonly path: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `POST {FS_BROKER}/next`, with an empty object, once the status of a step that succeeded is stored. */
export interface NextResponse {
  /** Ticket of the next step of the task. */
  readonly ticket: string;
}

/**
 * The files of kind `log`: the log of a running step, which is replaced now and then, the log of an ended step, and its
 * streams if they are long.
 */
export const LOG_NAMES = ['live', 'end', 'stdout', 'stderr'] as const;

/** The output of all commands of a step, in their order. */
export interface StepLog {
  readonly v: 1;
  /** Location of the run tree in the task, which readers do not show. */
  readonly folder: string;
  readonly stdout: LogStream;
  readonly stderr: LogStream;
}

export interface LogStream {
  /** Bytes that the step wrote so far. */
  readonly size: number;
  /** What is stored: everything, the two ends, or the end so far. */
  readonly parts: readonly LogPart[];
  /** The stored bytes in base64; null if they are a file of their own. */
  readonly bytes: string | null;
}

/** Bytes of a stream from `start` on, which are at `at` in what is stored. */
export interface LogPart {
  readonly start: number;
  readonly length: number;
  readonly at: number;
}

/** How a step ended; written after everything else of the step. */
export interface StepStatus {
  readonly v: 1;
  readonly step: StepName;
  /** The same as `step.attempt`. */
  readonly attempt: number;
  /** Exit code of the step's container; null when it never ran or was still running. */
  readonly exitCode: number | null;
  /** Set when something other than the step's own exit code decides. */
  readonly failure: StepFailure | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** One entry for each executed command. */
  readonly commands: readonly CommandLog[];
  readonly outputs: readonly KeptFile[];
  readonly result: KeptObject | null;
  readonly archive: KeptObject | null;
  readonly warnings: readonly Warning[];
}

/**
 * Codes in use. A repetition would fail again: `deadline`, `tree-too-large`, `output-too-large`, `name-not-unicode`,
 * `no-shell`, `no-result`. Failures of the platform: `stopped` (the task was stopped from outside), `not-started`,
 * `not-stopped`, `no-exit-code`, `not-staged`, `transfer`, `corrupt`, `refused`, `protocol`, `layout`, `disk-full`,
 * `tree-changed`, `unexpected`.
 */
export interface StepFailure {
  readonly code: string;
  readonly message: string;
}

/** Text of a command's streams, cut in the middle if `truncated`; the log of the step then has more of it. */
export interface CommandLog {
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

export interface KeptObject {
  readonly size: number;
  readonly sha256: string;
}

interface KeptFile extends KeptObject {
  readonly path: string;
}
