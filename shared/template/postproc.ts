/**
 * The post-processing section: a workflow over the files of all ranked runs.
 *
 * Source: flowServ template specification, post-processing section.
 */
import {
  defined,
  displayText,
  listAt,
  mappingAt,
  onlyKnown,
  optionalFlag,
  pathAt,
} from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import type { PythonMapping, PythonValue } from '../documents/python-value.ts';
import { readRelativePath } from '../documents/relative-path.ts';
import { type OutputSpec, outputDocument, readOutputs } from './outputs.ts';
import type { Parameter } from './parameter.ts';

interface PostprocInputs {
  /** Keys of the files collected from each ranked run. */
  readonly files: readonly string[];
  /** Folder for the collected files, as written; `runs` by default. */
  readonly runs: string;
}

export interface Postproc {
  readonly workflow: PythonMapping;
  readonly inputs: PostprocInputs;
  readonly outputs?: readonly OutputSpec[];
  /** Whether its steps get private static files; its outputs are public. */
  readonly private?: boolean;
}

const DEFAULT_RUNS_FOLDER = 'runs';

function runsFolder(fields: PythonMapping, location: Location): string {
  const text = displayText(fields, 'runs', location) ?? DEFAULT_RUNS_FOLDER;
  if (pathAt(text, 'folder', below(location, 'runs')) === '') {
    report(below(location, 'runs'), 'must name a folder in the run directory');
  }
  return text;
}

function readInputs(value: PythonValue | undefined, location: Location): PostprocInputs {
  if (value === undefined || value === null) return { files: [], runs: DEFAULT_RUNS_FOLDER };
  const fields = mappingAt(value, location);
  onlyKnown(fields, ['files', 'runs'], location);
  const { files } = fields;
  if (files === undefined || files === null) report(location, "missing element 'files'");
  const at = below(location, 'files');
  const keys = listAt(files ?? [], at).map((file, i) => pathAt(file, 'file', below(at, i)));
  return { files: keys, runs: runsFolder(fields, location) };
}

/** Reads the section at a location and reports its problems. Does not check references inside its workflow. */
export function readPostproc(value: PythonValue, location: Location): Postproc {
  const fields = mappingAt(value, location);
  onlyKnown(fields, ['workflow', 'inputs', 'outputs', 'private'], location);
  const { workflow, outputs } = fields;
  if (workflow === undefined || workflow === null) report(location, "missing element 'workflow'");
  return {
    workflow: mappingAt(workflow ?? {}, below(location, 'workflow')),
    inputs: readInputs(fields.inputs, below(location, 'inputs')),
    ...defined({
      outputs:
        outputs === undefined || outputs === null
          ? undefined
          : readOutputs(outputs, below(location, 'outputs')),
      private: optionalFlag(fields, 'private', location),
    }),
  };
}

/** Returns the section as a mapping in canonical spelling. */
export function postprocDocument(postproc: Postproc): PythonMapping {
  const { workflow, inputs, outputs } = postproc;
  return {
    workflow,
    inputs: { files: inputs.files, runs: inputs.runs },
    ...defined({ outputs: outputs?.map(outputDocument), private: postproc.private }),
  };
}

/** Finds a kept file by its path or by its key in the template. */
export function collectedFile<T extends { readonly path: string }>(
  files: readonly T[],
  name: string,
  outputs: readonly OutputSpec[],
): T | undefined {
  const source = outputs.find(({ key }) => key === name)?.source;
  return files.find(({ path }) => path === name) ?? files.find(({ path }) => path === source);
}

/** Returns the folder of the collected files as a normal relative path, without a final `/`. */
export function postprocRunsPath(postproc: Postproc): string {
  const reading = readRelativePath(postproc.inputs.runs, 'folder');
  return reading.ok && reading.path !== '' ? reading.path : DEFAULT_RUNS_FOLDER;
}

/**
 * Returns the only parameter of a post-processing workflow: `runs`, a path. Without an argument, a reference to it
 * gives the folder of the collected files.
 */
export function postprocParameters(postproc: Postproc): readonly Parameter[] {
  const path = postprocRunsPath(postproc);
  return [{ dtype: 'file', name: 'runs', index: 0, isRequired: false, target: path, defaultValue: path }];
}
