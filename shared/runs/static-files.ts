import { toPythonValue } from '../documents/python-value.ts';
import { runPath } from '../engine/run-paths.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import { parseSerialWorkflow } from '../engine/serial-workflow.ts';
import { invalid } from '../errors.ts';
import { filePaths } from '../template/declaration.ts';
import type { Parameter } from '../template/parameter.ts';
import { collectReferences } from '../template/references.ts';
import { placeRule } from '../template/static-paths.ts';
import { covers } from './output-paths.ts';
import type { PlanningInput } from './planning.ts';

/**
 * Static files stay what the organiser has installed: a file takes the place of one only where the template
 * says so. The parameters of a group are the group's own word, which does not count here.
 *
 * @throws FlowservError 400
 */
export function checkTargets(
  { uploads, copies }: RunPlan,
  parameters: readonly Parameter[],
  staticFiles: readonly string[],
): void {
  const mayLieAt = placeRule(staticFiles);
  const declared = new Set(parameters.flatMap(filePaths));
  const paths = [...uploads.map(({ path }) => path), ...copies.map(({ target }) => target)];
  const taken = paths.find((path) => !mayLieAt(path, declared.has(path)));
  if (taken !== undefined) {
    throw invalid('argument.target', `the path '${taken}' belongs to a file of the workflow; name another`);
  }
}

/**
 * Static files that steps may change: those that the specification itself names as outputs. An output whose
 * path an argument has chosen does not count, or else a participant could have the scorer replaced.
 *
 * @param files paths of the static files
 */
export function releasedFiles(
  { workflow, outputs, resultFile }: Pick<PlanningInput, 'workflow' | 'outputs' | 'resultFile'>,
  files: readonly string[],
): string[] {
  const serial = parseSerialWorkflow(workflow);
  const named = [...serial.outputs, ...serial.steps.flatMap((step) => step.outputs)];
  const fixed = named.filter(
    (path): path is string => typeof path === 'string' && collectReferences(toPythonValue(path)).size === 0,
  );
  const kept = [...outputs.map(({ source }) => source), ...(resultFile === null ? [] : [resultFile])];
  const declared = [...fixed, ...kept].filter((path) => path !== '').map((path) => runPath(path, 'output'));
  return files.filter((file) => declared.some((output) => covers(output, file)));
}
