import type { Warning } from '../documents/warning.ts';
import type { Services } from '../services/services.ts';
import type { WorkflowSource } from '../sources/folder.ts';
import { type InstallOptions, prepareWorkflow } from './create.ts';
import { type Recorded, recordingServices } from './recording.ts';

/** What the installation of a workflow would create. */
export interface DryRun extends Readonly<Recorded> {
  /** The requested identifier; undefined if one will be generated. */
  readonly id: string | undefined;
  readonly name: string;
  readonly warnings: readonly Warning[];
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/**
 * Performs an installation without writing: checks and compiles the source like `createWorkflow`, with services that
 * only record requests.
 *
 * @throws FlowservError as `createWorkflow`
 */
export async function dryRunWorkflow(
  services: Services,
  source: WorkflowSource,
  options: InstallOptions,
): Promise<DryRun> {
  const recorded = recordingServices(services);
  const { warnings } = await prepareWorkflow(recorded.services, source, options);
  return {
    id: options.id,
    name: source.name,
    warnings,
    stateMachines: [...new Set(recorded.stateMachines)],
    taskDefinitions: recorded.taskDefinitions,
    files: source.files.map(({ path, size }) => ({ path, size })),
  };
}
