import { toPythonValue } from '../documents/python-value.ts';
import { collectReferences } from '../template/references.ts';
import { runPath } from './run-paths.ts';
import type { SerialWorkflow } from './serial-workflow.ts';

/** Paths as the template writes them; those with references depend on arguments. */
export const withoutReferences = (paths: readonly string[]): string[] =>
  paths.filter((path) => collectReferences(toPythonValue(path)).size === 0);

/**
 * Outputs that a template itself declares: those of the workflow and of its steps that hold no reference, and what it
 * keeps of a run.
 *
 * @param kept sources of the template's `outputs` and the file of its results.
 * @throws FlowservError 400 `path.unsafe`.
 */
export function declaredOutputs(workflow: SerialWorkflow, kept: readonly string[]): string[] {
  const named = [...workflow.outputs, ...workflow.steps.flatMap((step) => step.outputs)];
  const paths = [...withoutReferences(named), ...kept].filter((path) => path !== '');
  return [...new Set(paths)].map((path) => runPath(path, 'output'));
}
