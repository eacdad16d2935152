import { FlowservError } from '../errors.ts';
import { findGroup, type Group } from '../groups/group.ts';
import { groupParameterViews } from '../groups/parameters.ts';
import { readArguments } from '../runs/documents/arguments.ts';
import { filesOfRun } from '../runs/documents/files.ts';
import { type Run, readAnyRun, runCodec } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import type { Visible } from '../template/visibility.ts';
import { readVersion } from '../workflows/version.ts';
import { type Standing, standingView } from './run-standing.ts';
import { runView } from './views.ts';
import { hiddenView, shownRun } from './visible.ts';

/**
 * Returns the handle of a run with everything that belongs to its state.
 *
 * @param visible what of it the caller may see
 * @param known the run's group, if the caller already read it
 * @param standing its place in line and its rank; a response without it says less
 */
export async function runHandle(
  services: Services,
  whole: Run,
  visible: Visible,
  known?: Group | null,
  standing: Standing = {},
) {
  const run = shownRun(whole, visible);
  const [version, supplied, files, group] = await Promise.all([
    readVersion(services, run.workflowId, run.version),
    readArguments(services, run.id),
    visible.outputs ? filesOfRun(services, run) : [],
    known ?? (run.groupId === undefined ? undefined : findGroup(services, run.groupId, run.workflowId)),
  ]);
  const { template } = version;
  const more = { ...standingView(run, group, version, standing), ...hiddenView(visible) };
  if (!group) return { ...runView(run, supplied, files, template.postproc?.outputs ?? []), ...more };
  const parameters = await groupParameterViews(services, { ...group, version: run.version });
  return { ...runView(run, supplied, files, template.outputs ?? [], parameters), ...more };
}

/**
 * Reads a workflow's current post-processing run; undefined if it has none. A reference to a deleted run counts as none.
 *
 * @param known the item of a run, if the caller read one
 */
export async function readPostproc(
  services: Services,
  runId: string | undefined,
  known?: Item,
): Promise<Run | undefined> {
  if (runId === undefined) return undefined;
  const found = runCodec.readMaybe(known);
  const run = found?.id === runId ? found : await readAnyRun(services, runId);
  return run?.deleting ? undefined : run;
}

/**
 * Returns the handle of a post-processing run; undefined without one, if the caller may not see it, or if it was deleted
 * meanwhile.
 */
export async function postprocHandle(services: Services, run: Run | undefined, visible: Visible) {
  if (run === undefined || !visible.leaderboard) return undefined;
  try {
    return await runHandle(services, run, visible);
  } catch (error) {
    if (error instanceof FlowservError && error.status === 404) return undefined;
    throw error;
  }
}
