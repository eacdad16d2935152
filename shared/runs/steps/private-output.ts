import type { StepStatus } from '../../staging/protocol.ts';
import { type RunDocument, seesPrivate } from '../documents/plan.ts';

/** What participants read instead of the output of a step that gets private files. */
export const PRIVATE_OUTPUT = 'the output of this step is private';

/** Whether the output of a step is for organisers only. */
export function hasPrivateOutput(document: RunDocument, index: number): boolean {
  const step = document.plan.steps[index];
  return step !== undefined && seesPrivate(document, step);
}

/** The report of a step without any text that the step, or the staging program about its files, wrote. */
export function shownStatus(status: StepStatus): StepStatus {
  const { failure } = status;
  return {
    ...status,
    commands: [],
    warnings: [],
    failure: failure && { code: failure.code, message: `${failure.code}; ${PRIVATE_OUTPUT}` },
  };
}
