import { splitReferences } from '../template/references.ts';
import type { WorkflowStep } from './serial-workflow.ts';

/**
 * Whether code of a participant's may run in a step: one that the participant brings, one whose image an argument
 * names, and one that pastes arguments into its commands. Such a step never sees private files.
 */
export function holdsParticipantCode({ action, expansion }: WorkflowStep): boolean {
  if (action.kind !== 'container') return action.kind === 'actor';
  return expansion === 'text' || namesArgument(action.image);
}

/** A conditional reference chooses between texts of the template. */
const namesArgument = (text: string): boolean =>
  splitReferences(text).some((part) => typeof part === 'object' && part.branches === undefined);
