import type { Location } from '../documents/problem.ts';
import { withoutReferences } from '../engine/declared-outputs.ts';
import { type EngineConfig, workerOf } from '../engine/engine-config.ts';
import { imageOfPython, type PythonSettings, requirementsOf } from '../engine/python-steps/settings.ts';
import type { SerialWorkflow, WorkflowStep } from '../engine/serial-workflow.ts';
import { obstacleToReuse } from '../engine/step-reuse.ts';
import { fetchesOf } from '../engine/step-volumes.ts';
import { FlowservError } from '../errors.ts';
import { warn } from '../template/template-warnings.ts';

/**
 * Warns about steps with `cache: true` that can never take recorded outputs.
 *
 * @param isRemote whether a remote engine executes the steps
 */
export function warnOfCache(
  { steps }: SerialWorkflow,
  engine: EngineConfig,
  settings: PythonSettings | undefined,
  location: Location,
  isRemote = false,
): void {
  for (const step of steps) {
    const known = () => (isRemote ? 'a remote engine executes it' : obstacleOf(step, engine, settings));
    const obstacle = step.cache ? known() : undefined;
    if (obstacle === undefined) continue;
    warn(
      { ...location, path: step.path },
      'cache.never',
      `step '${step.name}' has 'cache: true', but is executed in each run: ${obstacle}`,
    );
  }
}

/** Undefined also if only a run knows, such as for a step that a participant supplies. */
function obstacleOf(
  { name, action, inputs }: WorkflowStep,
  engine: EngineConfig,
  settings: PythonSettings | undefined,
): string | undefined {
  if (action.kind === 'actor') return undefined;
  try {
    const worker = workerOf(engine, name, action.image, action.kind);
    const image =
      action.kind === 'container'
        ? action.image
        : imageOfPython(action, name, worker, settings ?? { codeImage: '', installs: 'always' });
    if (image.includes('$[[')) return undefined;
    const requirements = action.kind === 'notebook' && requirementsOf(action, worker).length > 0;
    const { network, volume } = worker;
    const volumes = volume !== undefined || fetchesOf(engine, withoutReferences(inputs)).length > 0;
    return obstacleToReuse({ image, network, requirements, volumes });
  } catch (error) {
    // Its worker or its image is a problem, which other checks report.
    if (error instanceof FlowservError) return undefined;
    throw error;
  }
}
