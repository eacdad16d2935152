import { parseEngineConfig } from '../engine/engine-config.ts';
import { planRun } from '../engine/plan.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import { parseSerialWorkflow } from '../engine/serial-workflow.ts';
import { type Arguments, argumentFiles } from '../template/arguments.ts';
import type { OutputSpec } from '../template/outputs.ts';
import type { Parameter } from '../template/parameter.ts';
import type { PythonMapping } from '../template/python-value.ts';
import { createScope, defaultFileCopies } from '../template/scope.ts';
import { expansionContext } from './expansion.ts';

/**
 * The plan of a run from a workflow specification of a template and the arguments for its parameters: joins
 * the template language and the engine, which do not know each other.
 *
 * @param added names of the parameters that a group has added to the template's; commands may name them
 * @param config engine configuration, or null for the engine's defaults
 * @throws FlowservError 400
 */
export function planOf(input: {
  readonly workflow: PythonMapping;
  readonly parameters: readonly Parameter[];
  readonly given: Arguments;
  readonly added?: readonly string[];
  readonly config: unknown;
  readonly outputs: readonly OutputSpec[];
  readonly resultFile: string | null;
}): RunPlan {
  const { parameters, given, added = [] } = input;
  const scope = createScope(parameters, given);
  const values = (names: Iterable<string>) => new Map([...names].map((name) => [name, scope.value(name)]));
  const hasValue = (name: string) => given.has(name) || scope.parameter(name)?.defaultValue !== undefined;
  return planRun({
    workflow: parseSerialWorkflow(input.workflow),
    context: expansionContext(parameters, given),
    arguments: values(given.keys()),
    added: values(added.filter(hasValue)),
    engine: parseEngineConfig(input.config ?? {}),
    templateOutputs: input.outputs.map(({ source }) => source),
    resultFile: input.resultFile,
    uploads: argumentFiles(given).map(({ fileId, targetPath, declared }) => ({
      fileId,
      path: targetPath,
      declared,
    })),
    copies: defaultFileCopies(parameters, given),
  });
}
