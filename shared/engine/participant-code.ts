import { FlowservError } from '../errors.ts';
import { splitReferences } from '../template/references.ts';
import { type CommandPart, splitCommand } from './commands/placeholders.ts';
import { kindOfValue, referenceKind, type ValueKind, variableKinds } from './commands/value-kind.ts';
import type { SerialWorkflow, WorkflowStep } from './serial-workflow.ts';

/**
 * Whether a participant's code may run in a step, judged by the step alone: the participant supplies the step, an
 * argument names its image, or its commands paste arguments into their text. Such a step never gets private files.
 */
export function holdsParticipantCode({ action, expansion }: WorkflowStep): boolean {
  if (action.kind === 'actor') return true;
  return (action.kind === 'container' && expansion === 'text') || namesArgument(action.image ?? '');
}

/** A conditional reference chooses between texts of the template. */
const namesArgument = (text: string): boolean =>
  splitReferences(text).some((part) => typeof part === 'object' && part.branches === undefined);

/**
 * Whether a step belongs to the participant, so that only its declared outputs reach later steps: the participant
 * supplies the step, an argument chooses its image freely, or free text or the path of an upload is pasted into its
 * commands. Unlike for private files, a step stays the organiser's if arguments only choose among
 * values that the template lists.
 *
 * @param parameters kinds of the template's parameters.
 */
export function isParticipants(
  { action, expansion }: WorkflowStep,
  workflow: SerialWorkflow,
  parameters: ReadonlyMap<string, ValueKind>,
): boolean {
  if (action.kind === 'actor') return true;
  if (isChosen(kindOfValue(action.image ?? '', parameters))) return true;
  if (action.kind !== 'container' || expansion === 'variables') return false;
  const variables = variableKinds(workflow, parameters);
  return action.commands.flatMap(partsOf).some((part) => {
    if (part.kind === 'text') return false;
    if (part.kind === 'name') return isChosen(variables.get(part.name));
    return isChosen(referenceKind(part.inner, parameters));
  });
}

/**
 * Whether the template alone decides the image of an organiser's step. Only such an image is pulled with a login of
 * the stage: a participant who could choose the image could read every image of the private registry.
 */
export const namesOwnImage = (
  step: WorkflowStep,
  workflow: SerialWorkflow,
  parameters: ReadonlyMap<string, ValueKind>,
): boolean =>
  step.action.kind !== 'actor' &&
  !namesArgument(step.action.image ?? '') &&
  !isParticipants(step, workflow, parameters);

/** A command that cannot be parsed fails each run, and receives no values. */
function partsOf(command: string): CommandPart[] {
  try {
    return splitCommand(command);
  } catch (error) {
    if (error instanceof FlowservError) return [];
    throw error;
  }
}

const isChosen = (kind: ValueKind | undefined): boolean => kind === 'text' || kind === 'file';
