import { type Location, report } from '../documents/problem.ts';
import type { PythonValue } from '../documents/python-value.ts';
import type { Parameter } from '../template/parameter-types/types.ts';
import { warn } from '../template/template-warnings.ts';
import { commandFaults } from './commands/command-check.ts';
import { parameterKinds } from './commands/value-kind.ts';
import { readSerialWorkflow, type SerialWorkflow } from './serial-workflow.ts';

/**
 * Reads a workflow specification and reports everything that keeps it from running here, including commands in which
 * an argument would become code. Warns about commands that will fail and commands that let arguments run as code.
 *
 * @param parameters parameters that the specification may refer to.
 */
export function checkWorkflow(
  spec: PythonValue,
  parameters: readonly Pick<Parameter, 'name' | 'dtype'>[],
  location: Location,
): SerialWorkflow {
  const workflow = readSerialWorkflow(spec, location);
  for (const { name, expansion, path } of workflow.steps) {
    if (expansion !== 'text') continue;
    const risk = `step '${name}': expansion 'text' lets an argument run commands in this step`;
    warn({ ...location, path }, 'expansion.text', risk);
  }
  const { faults, notes } = commandFaults(workflow, parameterKinds(parameters));
  for (const { step, path, reason } of notes) {
    warn({ ...location, path }, 'command.unquoted', `step '${step}': ${reason}`);
  }
  for (const { step, path, error } of faults) {
    if (error.code === 'command.unsafe') report({ ...location, path }, `step '${step}': ${error.message}`);
    else warn({ ...location, path }, 'command.fails', `step '${step}' will fail: ${error.message}`);
  }
  return workflow;
}
