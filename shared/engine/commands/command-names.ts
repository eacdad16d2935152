import { FlowservError } from '../../errors.ts';
import type { SerialWorkflow } from '../serial-workflow.ts';
import { type CommandPart, conditionalBranches, splitCommand } from './placeholders.ts';

/**
 * Returns the names that a workflow's own commands use: its variables, and every placeholder, including those in
 * branches.
 */
export function commandNames({ parameters, steps }: SerialWorkflow): Set<string> {
  const commands = steps.flatMap(({ action }) => (action.kind === 'container' ? action.commands : []));
  return new Set([...parameters.keys(), ...commands.flatMap((command) => [...namesIn(command)])]);
}

function* namesIn(text: string): Generator<string> {
  for (const part of partsOf(text)) {
    if (part.kind === 'name') yield part.name;
    else if (part.kind === 'reference') {
      for (const branch of conditionalBranches(part.inner) ?? []) yield* namesIn(branch);
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
