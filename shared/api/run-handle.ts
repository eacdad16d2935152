import { findGroup } from '../groups/group.ts';
import { groupParameters } from '../groups/parameters.ts';
import { type Run, readArguments, readRunFiles, runCodec } from '../runs/run.ts';
import type { Services } from '../services.ts';
import { keys } from '../store/keys.ts';
import { parameterViews } from '../template/parameters.ts';
import { readVersion } from '../workflows/workflow.ts';
import { runView } from './views.ts';

/** The handle of a run with all that belongs to its state. */
export async function runHandle(services: Services, run: Run) {
  const { template } = await readVersion(services, run.workflowId, run.version);
  const supplied = await readArguments(services, run.id);
  const files = run.state === 'SUCCESS' ? await readRunFiles(services, run.id) : [];
  if (run.groupId === undefined) return runView(run, supplied, files, template.postproc?.outputs ?? []);
  const parameters = await groupParameters(services, await findGroup(services, run.groupId));
  return runView(run, supplied, files, template.outputs ?? [], parameterViews(parameters));
}

/**
 * The handle of a workflow's current post-processing run, or undefined when there is none. A pointer to a
 * run that is gone counts as none.
 */
export async function postprocHandle(services: Services, runId: string | undefined) {
  if (runId === undefined) return undefined;
  const run = runCodec.readMaybe(await services.table.get(keys.run(runId)));
  return run && !run.deleting ? runHandle(services, run) : undefined;
}
