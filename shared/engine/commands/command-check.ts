import { FlowservError } from '../../errors.ts';
import { DEFAULT_WORKER } from '../engine-config.ts';
import type { SerialWorkflow } from '../serial-workflow.ts';
import { expandWithResults, resultsBefore } from '../step-results.ts';
import { conditionalBranches } from './placeholders.ts';
import { referenceKind, type ValueKind, variableKinds } from './value-kind.ts';

/** A command of a template that fails with every argument. */
export interface CommandFault {
  readonly step: string;
  /** Location of the command, e.g. `workflow.steps[0].action.commands[1]`. */
  readonly path: string;
  /** `command.placeholder` or `command.unsafe`; the message names the command and how to fix it. */
  readonly error: FlowservError;
}

/** Advice about a command that can be used. */
export interface CommandNote {
  readonly step: string;
  readonly path: string;
  readonly reason: string;
}

/** Placeholder for every value: a word that is not an option and not empty. */
const ANY_VALUE = 'x';

/**
 * Finds the commands of a workflow that every run would reject, before any argument is known, and commands that need
 * advice for the organiser. Tries both branches of conditional references.
 *
 * @param parameters The kind of each parameter's values; the workflow's own variables are added.
 */
export function commandFaults(
  workflow: SerialWorkflow,
  parameters: ReadonlyMap<string, ValueKind>,
): { readonly faults: readonly CommandFault[]; readonly notes: readonly CommandNote[] } {
  const faults: CommandFault[] = [];
  const notes: CommandNote[] = [];
  const kinds = variableKinds(workflow, parameters);
  const variables = new Map([...kinds.keys()].map((name) => [name, ANY_VALUE]));
  for (const [at, { name: step, action, path: actionPath, expansion }] of workflow.steps.entries()) {
    const results = resultsBefore(workflow, at);
    const commands = action.kind === 'container' ? action.commands : [];
    for (const [index, text] of commands.entries()) {
      const path = `${actionPath}.commands[${index}]`;
      const reasons = new Set<string>();
      const error = ([0, 1] as const)
        .map((branch) => {
          const textOfReference = (inner: string) => conditionalBranches(inner)?.[branch] ?? ANY_VALUE;
          const fixed = DEFAULT_WORKER.variables;
          const kindOfReference = (inner: string) => referenceKind(inner, parameters);
          const note = (reason: string) => reasons.add(reason);
          const context = { variables, fixed, textOfReference, expansion, kinds, kindOfReference, note };
          return faultOf(() => expandWithResults(text, context, results));
        })
        .find((fault) => fault !== null);
      if (error) faults.push({ step, path, error });
      else notes.push(...[...reasons].map((reason) => ({ step, path, reason })));
    }
  }
  return { faults, notes };
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
