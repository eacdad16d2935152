import { pythonSettings } from '../engine/python-steps/settings.ts';
import { groupsLosingParameters, type LostParameter } from '../groups/parameters.ts';
import type { Services } from '../services/services.ts';
import { readSource, type SourceOptions, type WorkflowSource } from '../sources/folder.ts';
import { checkSource } from '../workflows/check-source.ts';
import { planVersion, type VersionPlan } from '../workflows/install-version.ts';
import type { VersionOptions } from '../workflows/prepare.ts';
import { readVersion } from '../workflows/version.ts';
import { findWorkflow } from '../workflows/workflow.ts';

/** A source folder that can be installed as the next version of a workflow. */
export interface PlannedFolder {
  readonly source: WorkflowSource;
  readonly plan: VersionPlan;
  /** Parameters that groups added and that the new version uses itself. */
  readonly groups: readonly LostParameter[];
}

/**
 * Checks a source folder and compares it with the installed version of a workflow, for the operator's command and for
 * organisers. Writes nothing.
 *
 * @param options those that are absent stay as they are in the installed version
 * @returns the plan, or all problems of the source
 * @throws FlowservError 404, or 400 for a source that cannot be run
 */
export async function planFolder(
  services: Services,
  workflowId: string,
  folder: string,
  options: SourceOptions & VersionOptions = {},
): Promise<PlannedFolder | { readonly problems: readonly string[] }> {
  const { version } = await findWorkflow(services, workflowId);
  const current = await readVersion(services, workflowId, version);
  const { problems } = await checkSource(folder, {
    ...options,
    config: options.config ?? current.config ?? undefined,
    sizes: services.config.steps,
    python: pythonSettings(services.config),
  });
  if (problems.length > 0) return { problems };
  const source = await readSource(folder, options);
  const plan = await planVersion(services, workflowId, source, options);
  return { source, plan, groups: await groupsLosingParameters(services, workflowId, source.template) };
}
