import { createHash } from 'node:crypto';
import { exactJson } from '../documents/exact-json.ts';
import { isList, isMapping, type PythonValue } from '../documents/python-value.ts';
import { isFileArgument } from '../template/parameter-types/cast-context.ts';
import { resultJson } from '../template/result-json.ts';
import type { ResultSchema } from '../template/result-schema.ts';
import type { RunFacts, RunUpload } from './facts.ts';

/** Differences per list of a response; a run has up to 10,000 outputs. */
const MAX_DIFFERENCES = 1000;
/** Longest value of an argument in a response, as JSON; longer ones are represented by their digest. */
const MAX_VALUE = 1024;

/** What two runs have under the same name; null if a run has nothing under it. */
export interface Difference<T> {
  readonly name: string;
  readonly first: T | null;
  readonly second: T | null;
}

export interface DiffSide {
  readonly facts: RunFacts;
  /** Result schema of the run's version. */
  readonly schema: ResultSchema | undefined;
}

/**
 * Compares two runs: arguments, images of steps, steps that took recorded outputs, outputs and values on the
 * leaderboard. Equal things are left out. A pure function.
 */
export function diffRuns(first: DiffSide, second: DiffSide) {
  const lists = {
    arguments: differences(argumentsOf(first.facts), argumentsOf(second.facts)),
    images: differences(imagesOf(first.facts), imagesOf(second.facts)),
    reuse: differences(reuseOf(first.facts), reuseOf(second.facts)),
    files: differences(filesOf(first.facts), filesOf(second.facts)),
    results: differences(valuesOf(first), valuesOf(second)),
  };
  const omitted = Object.values(lists).reduce(
    (sum, { length }) => sum + Math.max(0, length - MAX_DIFFERENCES),
    0,
  );
  return {
    first: sideView(first),
    second: sideView(second),
    sameVersion:
      first.facts.run.workflowId === second.facts.run.workflowId &&
      first.facts.run.version === second.facts.run.version,
    arguments: lists.arguments.slice(0, MAX_DIFFERENCES),
    images: lists.images.slice(0, MAX_DIFFERENCES),
    reuse: lists.reuse.slice(0, MAX_DIFFERENCES),
    files: lists.files.slice(0, MAX_DIFFERENCES),
    results: lists.results.slice(0, MAX_DIFFERENCES),
    omitted,
  };
}

const sideView = ({ facts: { run } }: DiffSide) => ({
  id: run.id,
  state: run.state,
  createdAt: run.createdAt,
  workflowId: run.workflowId,
  version: run.version,
  ...(run.groupId === undefined ? {} : { groupId: run.groupId }),
});

/** Compares two mappings by the JSON of their values, in the order of the first mapping. */
function differences<T>(first: ReadonlyMap<string, T>, second: ReadonlyMap<string, T>): Difference<T>[] {
  const names = new Set([...first.keys(), ...second.keys()]);
  return [...names].flatMap((name) => {
    const pair = { name, first: first.get(name) ?? null, second: second.get(name) ?? null };
    return JSON.stringify(pair.first) === JSON.stringify(pair.second) ? [] : [pair];
  });
}

function argumentsOf({ supplied, uploads }: RunFacts): ReadonlyMap<string, unknown> {
  const known = new Map(uploads.map((upload) => [upload.id, upload]));
  return new Map(supplied.map(({ name, value }) => [name, shortValue(exactJson(comparable(value, known)))]));
}

/**
 * Returns an argument with sorted keys and with the name and the digest of each upload in place of its id, so that
 * the same content is equal whichever upload it is.
 */
function comparable(value: PythonValue, known: ReadonlyMap<unknown, RunUpload>): PythonValue {
  if (isMapping(value) && isFileArgument(value) && isMapping(value.value)) {
    const { fileId, targetPath } = value.value;
    const upload = known.get(fileId);
    if (upload) {
      return { file: upload.name, path: upload.path, sha256: upload.sha256, size: upload.size };
    }
    return { fileId: fileId ?? null, targetPath: targetPath ?? null };
  }
  if (isList(value)) return value.map((item) => comparable(item, known));
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, comparable(item, known)]));
}

function shortValue(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (text.length <= MAX_VALUE) return value;
  return { characters: text.length, sha256: createHash('sha256').update(text).digest('hex') };
}

const imagesOf = ({ run: { images = [] } }: RunFacts) =>
  byStep(images.map(({ step, image, digest }) => [step, { image, digest }]));

/** Only of the steps that took outputs of another run. */
const reuseOf = ({ run: { reuse = [] } }: RunFacts) =>
  byStep(reuse.flatMap(({ step, runId }) => (runId === undefined ? [] : [[step, { runId }] as const])));

/** Names of steps need not be unique: a repeated one gets its number. */
function byStep<T>(entries: readonly (readonly [step: string, entry: T])[]): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const [step, entry] of entries) {
    let name = step;
    for (let number = 2; found.has(name); number += 1) name = `${step} (${number})`;
    found.set(name, entry);
  }
  return found;
}

const filesOf = ({ files }: RunFacts) =>
  new Map(files.map(({ path, size, sha256 }) => [path, { size, sha256 }]));

function valuesOf({ facts: { values }, schema }: DiffSide): ReadonlyMap<string, unknown> {
  if (!values || !schema) return new Map();
  return new Map(schema.columns.map((column) => [column.name, resultJson(column, values)]));
}
