import type { HandOver } from '../template/static-paths.ts';
import { failure } from './failure.ts';
import { isSafePath } from './paths.ts';
import {
  type FileEntry,
  type FileSource,
  type InputsPage,
  type Keep,
  type LinkEntry,
  type StagedEntry,
  type StepLimits,
  type StepName,
  UPLOAD_KINDS,
  type UploadLink,
} from './protocol.ts';

/**
 * Checks of what the program reads: responses of the broker and its own `ctl/tree.json`. Written by hand because a
 * validation library would be larger than the whole program may be (20 KiB).
 */

export type Fields = Readonly<Record<string, unknown>>;

/** @throws the failure `protocol`, which names the invalid part. */
const reject = (what: string): never => {
  throw failure('protocol', `a document of the platform has an unusable ${what}`);
};

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fields = (value: unknown, what: string): Fields => (isFields(value) ? value : reject(what));

export const text = (value: unknown, what: string): string =>
  typeof value === 'string' ? value : reject(what);

const flag = (value: unknown, what: string): boolean => (typeof value === 'boolean' ? value : reject(what));

/** A whole number from 0. */
export const count = (value: unknown, what: string): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : reject(what);

export function list<T>(value: unknown, what: string, read: (item: unknown, what: string) => T): T[] {
  return Array.isArray(value) ? value.map((item: unknown) => read(item, what)) : reject(what);
}

const safePath = (value: unknown, what: string): string => {
  const path = text(value, what);
  return isSafePath(path) ? path : reject(what);
};

/** A path that may end in `/`, which marks a folder. */
const outputPath = (value: unknown, what: string): string => {
  const path = text(value, what);
  return isSafePath(path.replace(/\/$/, '')) ? path : reject(what);
};

const digest = (value: unknown, what: string): string => {
  const hex = text(value, what);
  return /^[0-9a-f]{64}$/.test(hex) ? hex : reject(what);
};

export function readJson(body: string, what: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return reject(what);
  }
}

export function readInputsPage(value: unknown): InputsPage {
  const page = fields(value, 'page of inputs');
  return {
    step: readStep(page.step),
    script: text(page.script, 'script'),
    control: readControl(page.control ?? {}),
    folders: list(page.folders, 'folder', safePath),
    entries: list(page.entries, 'entry', readEntry),
    next: page.next === null ? null : count(page.next, 'page number'),
    isFollowed: page.isFollowed === true,
    keep: readKeep(page.keep),
    limits: readLimits(page.limits),
  };
}

/** Names of files without a folder. */
function readControl(value: unknown): Record<string, string> {
  const files = Object.entries(fields(value, 'control'));
  return Object.fromEntries(
    files.map(([name, body]) => [
      /^\w[\w.]*$/.test(name) ? name : reject('name'),
      text(body, 'control file'),
    ]),
  );
}

export function readStep(value: unknown): StepName {
  const step = fields(value, 'step');
  return {
    index: count(step.index, 'step index'),
    name: text(step.name, 'step name'),
    attempt: count(step.attempt, 'step attempt'),
  };
}

export function readKeep(value: unknown): Keep {
  const keep = fields(value, 'keep');
  return {
    outputs: list(keep.outputs, 'output path', outputPath),
    resultFile: keep.resultFile === null ? null : safePath(keep.resultFile, 'result path'),
    tree: flag(keep.tree, 'keep.tree'),
    archive: flag(keep.archive, 'keep.archive'),
    variable: keep.variable === true,
    ...(keep.onFailure === undefined ? {} : { onFailure: safePath(keep.onFailure, 'kept path') }),
    handOver: readHandOver(fields(keep.handOver, 'hand-over')),
  };
}

const readHandOver = ({ closed, declared, leaves, others }: Fields): HandOver => ({
  closed: list(closed, 'closed folder', text),
  declared: list(declared, 'declared path', outputPath),
  leaves: leaves === null ? null : list(leaves, 'output of a step', outputPath),
  others: list(others, 'output of another step', outputPath),
});

export function readLimits(value: unknown): StepLimits {
  const limits = fields(value, 'limits');
  return {
    files: count(limits.files, 'limit of files'),
    fileBytes: count(limits.fileBytes, 'limit of file size'),
    treeBytes: count(limits.treeBytes, 'limit of tree size'),
    deadlineSeconds: count(limits.deadlineSeconds, 'deadline'),
    logBytes: count(limits.logBytes, 'limit of log size'),
  };
}

function readEntry(value: unknown): StagedEntry {
  const entry = fields(value, 'entry');
  if (entry.type === 'folder') return { type: 'folder', path: safePath(entry.path, 'folder path') };
  if (entry.type === 'link') return readLink(entry);
  return { ...readFile(entry), url: text(entry.url, 'link') };
}

function readLink(entry: Fields): LinkEntry {
  return { type: 'link', path: safePath(entry.path, 'link path'), target: text(entry.target, 'link target') };
}

export function readFile(entry: Fields): FileEntry {
  return {
    type: 'file',
    path: safePath(entry.path, 'file path'),
    mode: count(entry.mode, 'mode') & 0o777,
    size: count(entry.size, 'size'),
    sha256: digest(entry.sha256, 'digest'),
    source: readSource(entry.source),
    protected: flag(entry.protected, 'protection'),
    ...(entry.private === true ? { private: true } : {}),
  };
}

function readSource(value: unknown): FileSource {
  const source = fields(value, 'source');
  if (source.kind === 'input') return { kind: 'input', id: text(source.id, 'source id') };
  return { kind: 'tree', id: digest(source.id, 'source digest') };
}

export const readTicket = (value: unknown): string => text(fields(value, 'response').ticket, 'ticket');

/** Links for uploads, and whether a user reads the log of the run. */
export interface Uploads {
  readonly links: readonly UploadLink[];
  readonly watched: boolean;
}

export function readUploads(value: unknown): Uploads {
  const { uploads, watched } = fields(value, 'response');
  const links = list(uploads, 'upload', (item): UploadLink => {
    const upload = fields(item, 'upload');
    const headers = Object.entries(fields(upload.headers, 'upload headers'));
    return {
      kind: UPLOAD_KINDS.find((kind) => kind === upload.kind) ?? reject('upload kind'),
      path: text(upload.path, 'upload path'),
      url: text(upload.url, 'upload link'),
      headers: Object.fromEntries(headers.map(([name, header]) => [name, text(header, 'upload header')])),
    };
  });
  return { links, watched: watched === true };
}
