import type { PythonValue } from '../documents/python-value.ts';
import { visitReferences } from '../template/references.ts';
import { partsOf } from './commands/command-names.ts';
import { conditionalBranches } from './commands/placeholders.ts';
import type { SerialWorkflow } from './serial-workflow.ts';

/**
 * Returns the parameters that each run of a workflow needs, with what needs them, e.g. `a command of step 'fit'`.
 * These are the parameters that variables, images and commands refer to, except in conditional references. A parameter
 * in a step's list of files is not needed, since a file without a value is left out.
 */
export function neededParameters({ parameters, steps }: SerialWorkflow): ReadonlyMap<string, string> {
  const needed = new Map<string, string>();
  const note = (names: Iterable<string>, user: string) => {
    for (const name of names) if (!needed.has(name)) needed.set(name, user);
  };
  for (const [variable, value] of parameters) note(namesIn(value), `the variable '${variable}'`);
  for (const { name, action } of steps) {
    if (action.kind === 'actor') continue;
    note(namesIn(action.image), `the image of step '${name}'`);
    if (action.kind !== 'container') continue;
    for (const command of action.commands) note(namesInCommand(command), `a command of step '${name}'`);
  }
  return needed;
}

function namesIn(value: PythonValue): Set<string> {
  const names = new Set<string>();
  visitReferences(value, { path: '', problems: [] }, ({ name, branches }) => {
    if (branches === undefined) names.add(name);
  });
  return names;
}

function namesInCommand(command: string): string[] {
  return partsOf(command).flatMap((part) =>
    part.kind === 'reference' && conditionalBranches(part.inner) === null ? [part.inner.trim()] : [],
  );
}
