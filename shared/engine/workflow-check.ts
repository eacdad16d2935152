import type { Place, Problem } from '../documents/problem.ts';
import { report } from '../documents/problem.ts';
import type { PythonValue } from '../documents/python-value.ts';
import type { Parameter } from '../template/parameter-types/types.ts';
import { commandFaults } from './commands/command-check.ts';
import { parameterKinds } from './commands/value-kind.ts';
import { readSerialWorkflow, reportNotRunnable, type SerialWorkflow } from './serial-workflow.ts';

export interface CheckedWorkflow {
  readonly workflow: SerialWorkflow;
  /** What the organiser should know: commands that will fail, or that let arguments run as code. */
  readonly warnings: readonly Problem[];
}

/**
 * Reads a workflow specification and reports everything that keeps it from running here, also commands in
 * which an argument would become code.
 *
 * @param parameters that the specification may refer to.
 */
export function checkWorkflow(
  spec: PythonValue,
  parameters: readonly Pick<Parameter, 'name' | 'dtype'>[],
  place: Place,
): CheckedWorkflow {
  const workflow = readSerialWorkflow(spec, place);
  const warnings: Problem[] = [];
  reportNotRunnable(workflow, place);
  for (const { name, expansion, path } of workflow.steps) {
    if (expansion !== 'text') continue;
    const risk = `step '${name}': expansion 'text' lets an argument run commands in this step`;
    report({ path, problems: warnings }, risk);
  }
  const { faults, notes } = commandFaults(workflow, parameterKinds(parameters));
  for (const { step, path, reason } of notes) {
    report({ path, problems: warnings }, `step '${step}': ${reason}`);
  }
  for (const { step, path, error } of faults) {
    if (error.code === 'command.unsafe') report({ ...place, path }, `step '${step}': ${error.message}`);
    else report({ path, problems: warnings }, `step '${step}' will fail: ${error.message}`);
  }
  return { workflow, warnings };
}
