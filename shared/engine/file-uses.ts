import type { PythonValue } from '../documents/python-value.ts';
import type { Parameter } from '../template/parameter.ts';
import { splitReferences } from '../template/references.ts';
import { type FileUse, filesUsed } from './commands/files-run.ts';
import { conditionalBranches } from './commands/placeholders.ts';
import { parameterKinds, referenceKind, variableKinds } from './commands/value-kind.ts';
import { DEFAULT_WORKER } from './engine-config.ts';
import type { SerialWorkflow, WorkflowStep } from './serial-workflow.ts';
import { resultsBefore } from './step-results.ts';

/** The branch of conditional references in a command: 0 is the value if the condition holds, 1 the other one. */
export type Branch = 0 | 1;

/** Placeholder for an unknown value that the organiser wrote. It is not a path in the run directory. */
const FIXED_VALUE = '/';

/**
 * Creates a function that returns the files that the commands of a container step run and copy, as far as the template
 * determines them: a list for each command. Other steps have no commands.
 */
export function createFileUses(workflow: SerialWorkflow, parameters: readonly Parameter[]) {
  const ofParameters = parameterKinds(parameters);
  const kinds = variableKinds(workflow, ofParameters);
  const constantOf = (name: string) => constant(workflow.parameters.get(name)) ?? FIXED_VALUE;
  const variables = new Map([...kinds.keys()].map((name) => [name, constantOf(name)]));

  return (
    step: WorkflowStep,
    branch: Branch,
    fixed: ReadonlyMap<string, string> = DEFAULT_WORKER.variables,
  ): readonly (readonly FileUse[])[] => {
    const { action, expansion } = step;
    if (action.kind !== 'container') return [];
    const results = [...resultsBefore(workflow, workflow.steps.indexOf(step)).keys()];
    const made = results.map((name): [string, 'text'] => [name, 'text']);
    const context = {
      variables: new Map([...variables, ...results.map((name): [string, string] => [name, FIXED_VALUE])]),
      fixed,
      expansion,
      kinds: new Map([...kinds, ...made]),
      kindOfReference: (inner: string) => referenceKind(inner, ofParameters),
      textOfReference: (inner: string) => conditionalBranches(inner)?.[branch] ?? FIXED_VALUE,
    };
    return action.commands.map((command) => filesUsed(command, context));
  };
}

const constant = (value: PythonValue | undefined): string | undefined =>
  typeof value === 'string' && splitReferences(value).every((part) => typeof part === 'string')
    ? value
    : undefined;
