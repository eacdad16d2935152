import { posix } from 'node:path';
import { didYouMean, nearestName, nearestPath } from '../documents/nearest-name.ts';
import { below, type Location, takesWarnings } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import { hasWildcard } from '../documents/wildcard.ts';
import { createFileUses } from '../engine/file-uses.ts';
import { filesOfCall } from '../engine/python-steps/modules.ts';
import type { SerialWorkflow, WorkflowStep } from '../engine/serial-workflow.ts';
import { rootOf } from '../engine/working-folder.ts';
import { filePaths } from '../template/declaration.ts';
import { postprocParameters, postprocRunsPath } from '../template/postproc.ts';
import { locationRule } from '../template/static-paths.ts';
import type { Template } from '../template/template.ts';
import { warn } from '../template/template-warnings.ts';
import { createLookup, createMentions, normal, pathWords } from './known-paths.ts';

interface Checked {
  readonly template: Template;
  readonly workflow: SerialWorkflow;
  /** The workflow of the post-processing, if it can run. */
  readonly postproc?: SerialWorkflow | undefined;
  readonly staticFiles: readonly string[];
}

/** A workflow with the files that exist when its runs start, and those that they keep. */
interface CheckedCode {
  readonly workflow: SerialWorkflow;
  readonly parameters: Template['parameters'];
  readonly given: readonly string[];
}

/** A file that a step runs. */
interface CodeFile {
  readonly path: string;
  readonly at: Location;
  /** Whether only a misspelled name is worth a warning, since the file may come from elsewhere. */
  readonly mayExist: boolean;
}

/** Suffixes of programs and notebooks. Another file that a command runs may be built by it. */
const CODE = /\.(?:py|ipynb|sh|bash|r|jl|pl|rb|js|mjs|cjs|lua|php)$/i;
/** Programs that fetch, unpack or build files whose names the command need not contain. */
const CREATES =
  /(?:^|[\s;&|(])(?:tar|bsdtar|unzip|7z|cpio|git|hg|svn|curl|wget|rsync|make|cmake|ninja|cargo|go|npm|npx|mvn|gradle|cd|pushd)\s/;

/**
 * Warns about code that steps run and that neither the source nor a step has: scripts and programs of commands,
 * notebooks, and modules of functions. Without warning are paths that earlier commands may have created.
 *
 * @returns the missing paths of the workflow
 */
export function warnOfCode(
  { template, workflow, postproc, staticFiles }: Checked,
  location: Location,
): ReadonlySet<string> {
  const { parameters, outputs = [], results, postproc: section } = template;
  const shown = [...outputs.map(({ source }) => source), ...(results ? [results.file] : [])];
  const given = [...staticFiles, ...parameters.flatMap(filePaths), ...shown];
  const missing = warnOfWorkflow({ workflow, parameters, given }, staticFiles, location);
  if (section && postproc) {
    const kept = (section.outputs ?? []).map(({ source }) => source);
    const files = [...staticFiles, postprocRunsPath(section), ...kept];
    const part = { workflow: postproc, parameters: postprocParameters(section), given: files };
    warnOfWorkflow(part, staticFiles, location);
  }
  return missing;
}

function warnOfWorkflow(
  { workflow, parameters, given }: CheckedCode,
  staticFiles: readonly string[],
  location: Location,
): ReadonlySet<string> {
  const outputs = [...workflow.outputs, ...workflow.steps.flatMap((step) => step.outputs)];
  const known = createLookup([...given, ...outputs]);
  const faultOf = locationRule(staticFiles, rootOf(workflow, staticFiles));
  const takesAnyPath = parameters.some((one) => one.dtype === 'file' && filePaths(one).length === 0);
  const filesOf = createCodeFiles({ workflow, parameters, given }, location);
  const warned = new Set<string>();
  for (const [index, step] of workflow.steps.entries()) {
    for (const { path, at, mayExist } of filesOf(step)) {
      if (!takesWarnings(location)) return warned;
      if (warned.has(path) || known.has(path)) continue;
      const isClosed = faultOf(path, false) !== undefined;
      const isOpen = !isClosed && (index > 0 || takesAnyPath);
      const near = nearestName(path, known.paths);
      if (near === undefined && (mayExist || isOpen)) continue;
      warned.add(path);
      const hint = didYouMean(near ?? nearestPath(path, known.paths)) || '; add it to the source';
      const what = `it runs '${quotedText(path)}', which neither the source nor a step has`;
      warn(at, 'file.missing', `step '${quotedText(step.name)}': ${what}${hint}`);
    }
  }
  return warned;
}

/** Creates a function that returns the files that a step runs, without those that earlier commands name or may make. */
function createCodeFiles({ workflow, parameters }: CheckedCode, location: Location) {
  const usesOf = createFileUses(workflow, parameters);
  const before = createMentions({ steps: [], parameters: new Map() });
  let fetched = false;
  return function* filesOf(step: WorkflowStep): Generator<CodeFile> {
    const { action } = step;
    const at = { ...location, path: step.path };
    if (action.kind === 'notebook' || action.kind === 'code') {
      const paths = filesOfCall(action).filter((path) => !path.includes('$[['));
      const [named = ''] = paths;
      // The module of a function may be one of the image.
      const mayExist = action.kind === 'code' || fetched;
      if (paths.length > 0 && !before.has(named)) yield { path: named, at, mayExist };
    }
    if (action.kind === 'container') {
      const earlier = new Set<string>();
      const [first, second] = [usesOf(step, 0), usesOf(step, 1)];
      for (const [i, command] of action.commands.entries()) {
        fetched ||= CREATES.test(command);
        // A variable of the shell may be any folder.
        if (command.includes('$$')) continue;
        const names = countsOf(pathWords(command).map((word) => posix.basename(word)));
        const uses = [...(first[i] ?? []), ...(second[i] ?? [])];
        for (const { kind, path } of uses) {
          const isNamedBefore = before.has(path) || earlier.has(posix.basename(path));
          if (kind !== 'run' || fetched || !isFixed(path) || isNamedBefore || isRepeated(path, names))
            continue;
          const mayExist = i > 0 || !CODE.test(path);
          yield { path: normal(path), at: below(below(at, 'commands'), i), mayExist };
        }
        for (const name of names.keys()) earlier.add(name);
      }
    }
    before.add({ steps: [step], parameters: workflow.parameters });
  };
}

/** Whether a path is one in the run directory that the template determines. */
const isFixed = (path: string): boolean =>
  path !== '' && !/^(?:\/|\.\.(?:\/|$)|-)/.test(path) && /^[\w./@+ -]+$/.test(path) && !hasWildcard(path);

/** Whether a command names the file more than once, so that it may write it first. */
const isRepeated = (path: string, names: ReadonlyMap<string, number>): boolean =>
  (names.get(posix.basename(path)) ?? 0) > 1;

function countsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
