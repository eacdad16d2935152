import { type Location, report } from '../../documents/problem.ts';
import { FlowservError } from '../../errors.ts';
import { type EngineConfig, workerOf } from '../engine-config.ts';
import type { SerialWorkflow } from '../serial-workflow.ts';
import { checkInstalls, imageOfPython, type PythonSettings } from './settings.ts';

/** Where the stage is not known, such as before an installation: every step can install packages. */
const ANY_STAGE: PythonSettings = { codeImage: '', installs: 'always' };

/** Reports the code and notebook steps that have no image, or that would need a network which they do not get. */
export function reportPythonSteps(
  { steps }: SerialWorkflow,
  engine: EngineConfig,
  settings: PythonSettings | undefined,
  location: Location,
): void {
  for (const { name, action, path } of steps) {
    if (action.kind !== 'code' && action.kind !== 'notebook') continue;
    try {
      const worker = workerOf(engine, name, null, action.kind);
      imageOfPython(action, name, worker, settings ?? ANY_STAGE);
      checkInstalls(action, name, worker, settings ?? ANY_STAGE);
    } catch (error) {
      if (!(error instanceof FlowservError)) throw error;
      report({ ...location, path }, error.message, error.code);
    }
  }
}
