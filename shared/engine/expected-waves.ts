import { holdsParticipantCode } from './participant-code.ts';
import { pathsIn } from './paths-in-action.ts';
import type { SerialWorkflow, WorkflowStep } from './serial-workflow.ts';
import { inWaves } from './waves.ts';

/**
 * Returns the number of the wave of each step as a run will probably have it: before the arguments are known, from the
 * paths as the template writes them. Undefined for a workflow whose steps never run at the same time.
 */
export function expectedWaves({ steps, parallel }: SerialWorkflow): readonly number[] | undefined {
  if (!parallel) return undefined;
  return inWaves(steps.map(expectedStep), Number.POSITIVE_INFINITY).map(({ wave = 0 }) => wave);
}

function expectedStep(step: WorkflowStep, index: number) {
  const { name, action, inputs, outputs, listsFiles } = step;
  return {
    index,
    name,
    skipped: false,
    participantCode: holdsParticipantCode(step),
    image: '',
    commands: pathsIn(action),
    variables: {},
    env: {},
    inputs,
    outputs,
    ...(listsFiles && { writes: outputs }),
    ...(action.kind === 'actor' && { leaves: outputs }),
    ...(action.kind === 'code' && action.result !== null && { sets: action.result }),
  };
}
