import { toPythonValue } from '../documents/python-value.ts';
import { collectReferences } from '../template/references.ts';
import { runPath } from './run-paths.ts';
import type { SerialWorkflow } from './serial-workflow.ts';

/** The paths that contain no references, since references depend on arguments. */
export const withoutReferences = (paths: readonly string[]): string[] =>
  paths.filter((path) => collectReferences(toPythonValue(path)).size === 0);

/**
 * The outputs that do not depend on arguments: outputs of the workflow and its steps without references, and the files
 * that the template keeps.
 *
 * @param kept sources of the template's `outputs` and the file of its results.
 * @throws FlowservError 400 `path.unsafe`.
 */
export function declaredOutputs(workflow: SerialWorkflow, kept: readonly string[]): string[] {
  const named = [...workflow.outputs, ...workflow.steps.flatMap((step) => step.outputs)];
  const paths = [...withoutReferences(named), ...kept].filter((path) => path !== '');
  return [...new Set(paths)].map((path) => runPath(path, 'output'));
}
