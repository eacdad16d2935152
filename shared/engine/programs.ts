import type { PythonValue } from '../documents/python-value.ts';
import { filePaths } from '../template/declaration.ts';
import { covers } from '../template/output-paths.ts';
import type { Parameter } from '../template/parameter.ts';
import { splitReferences } from '../template/references.ts';
import { locationRule, type Root } from '../template/static-paths.ts';
import { filesRun, UNKNOWN_FILE } from './commands/files-run.ts';
import { conditionalBranches } from './commands/placeholders.ts';
import { parameterKinds, referenceKind, variableKinds } from './commands/value-kind.ts';
import { DEFAULT_WORKER } from './engine-config.ts';
import { filesOfCall } from './python-steps/modules.ts';
import type { SerialWorkflow, WorkflowStep } from './serial-workflow.ts';
import { resultsBefore } from './step-results.ts';

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

/** Placeholder for an unknown value that the organiser wrote. It is not a path in the run directory. */
const FIXED_VALUE = '/';

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
    path === UNKNOWN_FILE || isDeclared(path) || (!own.has(path) && faultOf(path, false) === undefined);
  const ofParameters = parameterKinds(parameters);
  const kinds = variableKinds(workflow, ofParameters);
  const constantOf = (name: string) => constant(workflow.parameters.get(name)) ?? FIXED_VALUE;
  const variables = new Map([...kinds.keys()].map((name) => [name, constantOf(name)]));

  return (
    step: WorkflowStep,
    fixed: ReadonlyMap<string, string> = DEFAULT_WORKER.variables,
  ): string | undefined => {
    const { action, expansion } = step;
    if (action.kind === 'actor') return undefined;
    if (action.kind === 'notebook') return filesOfCall(action).find(mayBring);
    // A file of the run is imported only where the template has or declares one (`runModules`).
    if (action.kind === 'code') return filesOfCall(action).find(isDeclared);
    const results = [...resultsBefore(workflow, workflow.steps.indexOf(step)).keys()];
    const made = results.map((name): [string, 'text'] => [name, 'text']);
    return action.commands
      .flatMap((command) =>
        [0, 1].flatMap((branch) =>
          filesRun(command, {
            variables: new Map([
              ...variables,
              ...results.map((name): [string, string] => [name, FIXED_VALUE]),
            ]),
            fixed,
            textOfReference: (inner) => conditionalBranches(inner)?.[branch] ?? FIXED_VALUE,
            expansion,
            kinds: new Map([...kinds, ...made]),
            kindOfReference: (inner) => referenceKind(inner, ofParameters),
          }),
        ),
      )
      .find(mayBring);
  };
}

const constant = (value: PythonValue | undefined): string | undefined =>
  typeof value === 'string' && splitReferences(value).every((part) => typeof part === 'string')
    ? value
    : undefined;
