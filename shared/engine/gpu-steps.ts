import { type Location, report } from '../documents/problem.ts';
import { FlowservError, invalid } from '../errors.ts';
import { DEFAULT_WORKER, type EngineConfig, mappedWorker, type Worker, workerOf } from './engine-config.ts';
import { holdsParticipantCode } from './participant-code.ts';
import type { SerialWorkflow, WorkflowStep } from './serial-workflow.ts';
import type { StepAction } from './step-action.ts';

/**
 * Checks the worker of a step in which a participant's code may run. Such a step never gets a GPU: its instance runs
 * several steps one after the other, and is not as well separated from them as a task of Fargate.
 *
 * @throws FlowservError 400 `workflow.gpu`
 */
export function checkNoGpu(step: string, { gpu, name }: Pick<Worker, 'gpu' | 'name'>): void {
  if (!gpu) return;
  throw invalid(
    'workflow.gpu',
    `step '${step}': a participant's code may run in it, so it cannot have a GPU; map it to a worker other than '${name}'`,
  );
}

/**
 * Reports the steps with a GPU in which a participant's code may run.
 *
 * @param programOf returns the file that a step runs and that a participant may supply
 */
export function reportGpuSteps(
  { steps }: SerialWorkflow,
  engine: EngineConfig,
  location: Location,
  programOf: (step: WorkflowStep) => string | undefined = () => undefined,
): void {
  for (const step of steps.filter((one) => holdsParticipantCode(one) || programOf(one) !== undefined)) {
    const { name, action, path } = step;
    try {
      checkNoGpu(name, workerOfAction(engine, name, action));
    } catch (error) {
      if (!(error instanceof FlowservError)) throw error;
      report({ ...location, path }, error.message, error.code);
    }
  }
}

/** A step that the participant supplies may be of any type, and its worker is mapped by name. */
const workerOfAction = (engine: EngineConfig, step: string, action: StepAction): Worker =>
  action.kind === 'actor'
    ? (mappedWorker(engine, step) ?? DEFAULT_WORKER)
    : workerOf(engine, step, action.image, action.kind);
