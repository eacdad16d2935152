import { withoutReferences } from '../engine/declared-outputs.ts';
import { type EngineConfig, workerOf } from '../engine/engine-config.ts';
import { holdsParticipantCode } from '../engine/participant-code.ts';
import { createProgramCheck } from '../engine/programs.ts';
import { fetchesOf } from '../engine/step-volumes.ts';
import type { ConfiguredEngine } from '../engine-setting.ts';
import { invalid } from '../errors.ts';
import { isPrivate } from '../template/file-access.ts';
import { type CheckedTemplate, programSources } from './check-private.ts';

/**
 * Checks whether a remote engine may execute a workflow. The steps of a run share one folder there, and their
 * containers have network access and perhaps secrets of the operator, so participants' code must not run in them: it
 * could change the scorer or its result.
 *
 * @throws FlowservError 400 `workflow.engine`
 */
export function checkEngine(
  engines: readonly ConfiguredEngine[],
  id: string,
  { template, workflow, files, config }: CheckedTemplate & { readonly config: EngineConfig },
): void {
  const engine = engines.find((one) => one.id === id);
  if (!engine) {
    const known = engines.map((one) => one.id).join(', ');
    throw unfit(id, `is not configured; ${known === '' ? 'no engine is' : `these are: ${known}`}`);
  }
  const programOf = createProgramCheck(programSources({ template, workflow, files }));
  for (const step of workflow.steps) {
    const { name, action } = step;
    if (holdsParticipantCode(step) || programOf(step) !== undefined) {
      const why = 'whose steps share one folder, so that it could change the result of a scorer';
      throw unfit(id, `cannot run step '${name}': it may run a participant's code, ${why}`);
    }
    if (action.kind !== 'container') {
      throw unfit(id, `cannot run step '${name}': code and notebook steps need the stage's own tasks`);
    }
    const worker = workerOf(config, name, action.image, action.kind);
    if (worker.volume !== undefined || fetchesOf(config, withoutReferences(step.inputs)).length > 0) {
      throw unfit(id, `cannot run step '${name}': only the stage's own steps use storage volumes`);
    }
    if (worker.gpu) {
      throw unfit(id, `cannot run step '${name}': only the stage's own tasks can have a GPU`);
    }
  }
  const secret = files.find(isPrivate);
  if (secret !== undefined && !engine.privateFiles) {
    const fix = "set 'privateFiles' of the engine if its operators may read it";
    throw unfit(id, `must not get the private file '${secret.path}'; ${fix}`);
  }
}

const unfit = (id: string, why: string) =>
  invalid('workflow.engine', `the engine '${id.slice(0, 64)}' ${why}`);
