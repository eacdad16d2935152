import type { PlannedStep, RunPlan } from '../engine/run-plan.ts';
import type { StepStatus } from '../staging/protocol.ts';
import { covers } from '../template/output-paths.ts';
import type { RunFile } from './documents/files.ts';
import { type Run, runFileId } from './run.ts';

/**
 * Identifier of the executed notebook of a step. It differs from that of an output of the same path unless the step
 * itself stores that output, since an attempt that failed must not keep a later step from storing it.
 */
export function executedNotebookId(
  { fileSecret }: Pick<Run, 'fileSecret'>,
  { steps, outputs }: RunPlan,
  step: PlannedStep,
  path: string,
): string {
  const isLast = !steps.some(({ index, skipped }) => index > step.index && !skipped);
  const isOutput = isLast && outputs.some((output) => covers(output, path));
  return runFileId(fileSecret, isOutput ? path : `\0${path}`);
}

/** Returns the executed notebook that the failed step of a run left, as a list of files. */
export function failedNotebook(
  run: Run,
  plan: RunPlan,
  index: number,
  status: StepStatus | undefined,
): readonly RunFile[] {
  const step = plan.steps[index];
  const left = status?.outputs.find(({ path }) => path === step?.call?.executed);
  return step && left ? [{ id: executedNotebookId(run, plan, step, left.path), ...left }] : [];
}
