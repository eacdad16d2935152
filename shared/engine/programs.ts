import { posix } from 'node:path';
import { foldersAbove } from '../documents/relative-path.ts';
import { hasWildcard } from '../documents/wildcard.ts';
import { filePaths } from '../template/declaration.ts';
import { covers } from '../template/output-paths.ts';
import type { Parameter } from '../template/parameter.ts';
import { locationRule, type Root } from '../template/static-paths.ts';
import { type FileUse, UNKNOWN_FILE } from './commands/files-run.ts';
import { DEFAULT_WORKER } from './engine-config.ts';
import { type Branch, createFileUses } from './file-uses.ts';
import { filesOfCall } from './python-steps/modules.ts';
import type { SerialWorkflow, WorkflowStep } from './serial-workflow.ts';

/** What determines the files that a participant may bring to a run. */
export interface FileSources {
  readonly workflow: SerialWorkflow;
  /** Parameters of the template. */
  readonly parameters: readonly Parameter[];
  /** Paths that the template keeps of a run. */
  readonly kept: readonly string[];
  /** Paths of static files; private files are separate. */
  readonly staticFiles: readonly string[];
  readonly privateFiles: readonly string[];
  readonly root: Root;
}

/**
 * Creates a check that finds a file that an organiser's step runs and a participant may supply: by an argument, at a
 * path that is open to arguments, or as an output of an earlier step. Such a step can run a participant's code.
 *
 * @returns a function that returns the path, '' if an argument or a pipe supplies the file, or undefined.
 */
export function createProgramCheck(sources: FileSources) {
  const { workflow, parameters, kept, staticFiles, privateFiles, root } = sources;
  const own = new Set([...staticFiles, ...privateFiles]);
  const faultOf = locationRule(staticFiles, root, privateFiles);
  const targets = new Set(parameters.flatMap(filePaths));
  const outputs = [...workflow.outputs, ...workflow.steps.flatMap((step) => step.outputs), ...kept];
  const isDeclared = (path: string) => targets.has(path) || outputs.some((output) => covers(output, path));
  const mayBring = (path: string) =>
    path === UNKNOWN_FILE ||
    isDeclared(path) ||
    (!path.startsWith('/') && !own.has(path) && faultOf(path, false) === undefined);
  const usesOf = createFileUses(workflow, parameters);

  return (
    step: WorkflowStep,
    fixed: ReadonlyMap<string, string> = DEFAULT_WORKER.variables,
  ): string | undefined => {
    const { action } = step;
    if (action.kind === 'actor') return undefined;
    if (action.kind === 'notebook') return filesOfCall(action).find(mayBring);
    // A file of the run is imported only where the template has or declares one (`runModules`).
    if (action.kind === 'code') return filesOfCall(action).find(isDeclared);
    const uses = (branch: Branch) => usesOf(step, branch, fixed).flat();
    const isFolder = (path: string) => [...own].some((one) => one.startsWith(`${path}/`));
    return firstRun(uses(0), mayBring, isFolder) ?? firstRun(uses(1), mayBring, isFolder);
  };
}

/** Returns the first file that is run and that may be a participant's, or a copy of one in any earlier command. */
function firstRun(
  uses: readonly FileUse[],
  mayBring: (path: string) => boolean,
  isFolder: (path: string) => boolean,
): string | undefined {
  const copies = new Set<string>();
  const isCopy = (path: string) =>
    copies.has('') ||
    copies.has(childrenOf(path)) ||
    [path, ...foldersAbove(path)].some((one) => copies.has(one));
  const isTheirs = (path: string) => mayBring(path) || isCopy(path);
  for (const use of uses) {
    if (use.kind === 'run' && isTheirs(use.path)) return use.path;
    if (use.kind === 'copy' && isTheirs(use.path)) copies.add(targetOf(use, isFolder));
  }
  return undefined;
}

/** Stands for any one file directly in the folder of a path. */
const childrenOf = (path: string): string => `${posix.dirname(path)}/*`;

/** Returns the path that a copy may replace, with everything below it; '' if that may be any file of the run. */
function targetOf(
  { path, to, whole }: FileUse & { kind: 'copy' },
  isFolder: (path: string) => boolean,
): string {
  const target = to.replace(/^\.\/?$/, '').replace(/(?<=.)\/$/, '');
  const isInside = !whole && !hasWildcard(path) && (target === '' || isFolder(target));
  if (!isInside) return target;
  return path === UNKNOWN_FILE
    ? childrenOf(posix.join(target, 'x'))
    : posix.join(target, posix.basename(path));
}
