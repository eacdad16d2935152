import { FlowservError } from '../../errors.ts';
import type { SerialWorkflow } from '../serial-workflow.ts';
import type { StepAction } from '../step-action.ts';
import { type CommandPart, conditionalBranches, splitCommand } from './placeholders.ts';

/**
 * Returns the names that a workflow's own commands use: its variables, and every placeholder, including those in
 * branches.
 */
export function commandNames({ parameters, steps }: SerialWorkflow): Set<string> {
  const commands = steps.flatMap(({ action }) => (action.kind === 'container' ? action.commands : []));
  const calls = steps.flatMap(({ action }) => namesOfCall(action));
  return new Set([...parameters.keys(), ...calls, ...commands.flatMap((command) => [...namesOf(command)])]);
}

/** Returns the variables that a code or notebook step reads under a name of its own, and the one that it sets. */
function namesOfCall(action: StepAction): string[] {
  if (action.kind !== 'code' && action.kind !== 'notebook') return [];
  const named = action.kind === 'code' ? [action.result ?? []].flat() : action.params;
  return [...named, ...action.mapping.map((entry) => entry.var)];
}

/** Iterates over the placeholders of a command, including those in branches of conditional references. */
export function* namesOf(text: string): Generator<string> {
  for (const part of partsOf(text)) {
    if (part.kind === 'name') yield part.name;
    else if (part.kind === 'reference') {
      for (const branch of conditionalBranches(part.inner) ?? []) yield* namesOf(branch);
    }
  }
}

/** Returns the parts of a command; none if it cannot be parsed, since it fails in every run. */
export function partsOf(text: string): readonly CommandPart[] {
  try {
    return splitCommand(text);
  } catch (error) {
    if (error instanceof FlowservError) return [];
    throw error;
  }
}
