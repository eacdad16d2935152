import { below, type Location } from '../documents/problem.ts';
import { expectedWaves } from '../engine/expected-waves.ts';
import type { SerialWorkflow } from '../engine/serial-workflow.ts';
import { warn } from '../template/template-warnings.ts';

/** Warns about `parallel: inferred` in a workflow whose steps all run alone. */
export function warnOfParallel(workflow: SerialWorkflow, location: Location): void {
  const waves = expectedWaves(workflow);
  if (!waves || new Set(waves).size < waves.length) return;
  const fix =
    "list what each step reads and writes in its 'files.inputs' and 'files.outputs', and independent steps one after the other";
  warn(below(location, 'parallel'), 'parallel.nothing', `no steps can run at the same time; ${fix}`);
}
