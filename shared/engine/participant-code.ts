import { FlowservError } from '../errors.ts';
import { splitReferences } from '../template/references.ts';
import { type CommandPart, splitCommand } from './commands/placeholders.ts';
import { kindOfValue, referenceKind, type ValueKind, variableKinds } from './commands/value-kind.ts';
import type { SerialWorkflow, WorkflowStep } from './serial-workflow.ts';

/**
 * Whether code of a participant's may run in a step, as the step itself tells: one that the participant brings, one
 * whose image an argument names, and one that pastes arguments into its commands. Such a step never sees private files.
 */
export function holdsParticipantCode({ action, expansion }: WorkflowStep): boolean {
  if (action.kind !== 'container') return action.kind === 'actor';
  return expansion === 'text' || namesArgument(action.image);
}

/** A conditional reference chooses between texts of the template. */
const namesArgument = (text: string): boolean =>
  splitReferences(text).some((part) => typeof part === 'object' && part.branches === undefined);

/**
 * Whether a step is the participant's, so that only its declared outputs go on: one that the participant brings, one in
 * an image that an argument chooses freely, and one with free text or the path of an upload pasted into its commands.
 * Unlike for private files, a choice among what the template lists leaves the step the organiser's.
 *
 * @param parameters kinds of the template's parameters.
 */
export function isParticipants(
  { action, expansion }: WorkflowStep,
  workflow: SerialWorkflow,
  parameters: ReadonlyMap<string, ValueKind>,
): boolean {
  if (action.kind !== 'container') return action.kind === 'actor';
  if (isChosen(kindOfValue(action.image, parameters))) return true;
  if (expansion === 'variables') return false;
  const variables = variableKinds(workflow, parameters);
  return action.commands.flatMap(partsOf).some((part) => {
    if (part.kind === 'text') return false;
    if (part.kind === 'name') return isChosen(variables.get(part.name));
    return isChosen(referenceKind(part.inner, parameters));
  });
}

/**
 * Whether the template alone says which image a step of the organiser's runs in. Only such an image is pulled with a login
 * of the stage: whoever else could choose among the images of a private registry could read them all.
 */
export const namesOwnImage = (
  step: WorkflowStep,
  workflow: SerialWorkflow,
  parameters: ReadonlyMap<string, ValueKind>,
): boolean =>
  step.action.kind === 'container' &&
  !namesArgument(step.action.image) &&
  !isParticipants(step, workflow, parameters);

/** A command that cannot be read fails each run, and takes nothing. */
function partsOf(command: string): CommandPart[] {
  try {
    return splitCommand(command);
  } catch (error) {
    if (error instanceof FlowservError) return [];
    throw error;
  }
}

const isChosen = (kind: ValueKind | undefined): boolean => kind === 'text' || kind === 'file';
