import { FlowservError } from '../../errors.ts';
import { DEFAULT_WORKER } from '../engine-config.ts';
import type { SerialWorkflow } from '../serial-workflow.ts';
import { expandCommand } from './commands.ts';
import { conditionalBranches } from './placeholders.ts';

/** A command of a template that no argument can make usable. */
export interface CommandFault {
  readonly step: string;
  /** Where the command stands, e.g. `workflow.steps[0].action.commands[1]`. */
  readonly path: string;
  /** `command.placeholder` or `command.unsafe`; the message names the command and the mend. */
  readonly error: FlowservError;
}

/** Stands for every value: a word that is no option and not empty. */
const ANY_VALUE = 'x';

/**
 * Finds the commands of a workflow that would be refused in every run, before any argument is known. Both
 * branches of conditional references are tried.
 *
 * @param names Parameters of the template; the workflow's own variables are added.
 */
export function commandFaults(workflow: SerialWorkflow, names: Iterable<string>): CommandFault[] {
  const known =
    workflow.grammar === 'legacy' ? [...names, ...workflow.parameters.keys()] : workflow.parameters.keys();
  const variables = new Map([...known].map((name) => [name, ANY_VALUE]));
  return workflow.steps.flatMap((step) => {
    const commands = step.action.kind === 'container' ? step.action.commands : [];
    return commands.flatMap((text, command) => {
      const error = ([0, 1] as const)
        .map((branch) => {
          const textOfReference = (inner: string) => conditionalBranches(inner)?.[branch] ?? ANY_VALUE;
          const fixed = DEFAULT_WORKER.variables;
          return faultOf(() =>
            expandCommand(text, { variables, fixed, textOfReference, expansion: step.expansion }),
          );
        })
        .find((fault) => fault !== null);
      const path = `${step.path}.commands[${command}]`;
      return error === undefined || error === null ? [] : [{ step: step.name, path, error }];
    });
  });
}

function faultOf(expand: () => unknown): FlowservError | null {
  try {
    expand();
    return null;
  } catch (error) {
    if (error instanceof FlowservError) {
      return error;
    }
    throw error;
  }
}
