import { didYouMean, nearestName } from '../documents/nearest-name.ts';
import { type Location, takesWarnings } from '../documents/problem.ts';
import { FlowservError } from '../errors.ts';
import type { Parameter } from '../template/parameter.ts';
import { warn } from '../template/template-warnings.ts';
import { conditionalBranches, splitCommand } from './commands/placeholders.ts';
import { type EngineConfig, workerOf } from './engine-config.ts';
import type { SerialWorkflow } from './serial-workflow.ts';
import { resultsBefore } from './step-results.ts';

/**
 * Warns about `${x}` in the organiser's commands if no variable has the name. The reference then becomes the word
 * itself, which is intended for `${python}`, but usually a mistake elsewhere.
 *
 * @param engine engine configuration; its workers define variables too.
 */
export function warnOfUnknownVariables(
  workflow: SerialWorkflow,
  parameters: readonly Pick<Parameter, 'name'>[],
  engine: EngineConfig,
  location: Location,
): void {
  const supplied = parameters.map(({ name }) => name);
  const own = [...workflow.parameters.keys(), ...(workflow.grammar === 'legacy' ? supplied : [])];
  for (const [position, { name: step, action, path }] of workflow.steps.entries()) {
    if (!takesWarnings(location)) return;
    if (action.kind !== 'container') continue;
    const made = resultsBefore(workflow, position).keys();
    const known = new Set([...own, ...made, ...workerVariables(engine, step, action.image)]);
    const warned = new Set<string>();
    for (const [index, command] of action.commands.entries()) {
      const at = { ...location, path: `${path}.commands[${index}]` };
      for (const { name, isProgram } of namesIn(command)) {
        if (known.has(name) || warned.has(name)) continue;
        const near = nearestName(name, known);
        // `${Rscript} code/run.R` means the program with this name, as `${python}` does.
        if (isProgram && near === undefined) continue;
        warned.add(name);
        warn(at, 'variable.unknown', `step '${step}': ${reasonOf(name, near, supplied)}`);
      }
    }
  }
}

function reasonOf(name: string, near: string | undefined, parameters: readonly string[]): string {
  const what = `'\${${name}}' stands for the word '${name}', since no variable has this name`;
  if (parameters.includes(name)) {
    return `${what}; add '${name}: "$[[${name}]]"' to the parameters of the workflow, or write "$[[${name}]]"`;
  }
  return `${what}${didYouMean(near) || `; declare it under the parameters of the workflow, or write $$${name} for a variable of the shell`}`;
}

/** Returns the names of a command's placeholders, including those in branches of conditional references. */
function namesIn(command: string): { readonly name: string; readonly isProgram: boolean }[] {
  let parts: ReturnType<typeof splitCommand>;
  try {
    parts = splitCommand(command);
  } catch (error) {
    // Such a command fails each run; another check reports it.
    if (error instanceof FlowservError) return [];
    throw error;
  }
  return parts.flatMap((part, index) => {
    if (part.kind === 'name') return [{ name: part.name, isProgram: index === 0 }];
    if (part.kind === 'text') return [];
    const branches = conditionalBranches(part.inner) ?? [];
    return branches.flatMap((branch) => namesIn(branch).map(({ name }) => ({ name, isProgram: false })));
  });
}

function workerVariables(engine: EngineConfig, step: string, image: string): Iterable<string> {
  try {
    return workerOf(engine, step, image).variables.keys();
  } catch (error) {
    // A worker of another type fails each run.
    if (error instanceof FlowservError) return [];
    throw error;
  }
}
