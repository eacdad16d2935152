import type { Warning } from '../documents/warning.ts';
import type { Services } from '../services/services.ts';
import type { WorkflowSource } from '../sources/folder.ts';
import { type InstallOptions, prepareWorkflow } from './create.ts';

/** What installing a workflow would make. */
export interface DryRun {
  /** The identifier that was asked for; undefined where it will be made up. */
  readonly id: string | undefined;
  readonly name: string;
  readonly warnings: readonly Warning[];
  /** Names of state machines, which other workflows of the same steps may have already. */
  readonly machines: readonly string[];
  /** Families of the task definitions that are not registered yet. */
  readonly taskDefinitions: readonly string[];
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/**
 * Does all of an installation that only looks: the source is checked and compiled as `createWorkflow` does it, with
 * services that note what they are asked to make and write nothing.
 *
 * @throws FlowservError as `createWorkflow`
 */
export async function dryRunWorkflow(
  services: Services,
  source: WorkflowSource,
  options: InstallOptions,
): Promise<DryRun> {
  const stateMachines: string[] = [];
  const taskDefinitions: string[] = [];
  const noting: Services = {
    ...services,
    table: { ...services.table, put: async () => {}, remove: async () => {} },
    taskRegistry: {
      async register({ family = '' }) {
        taskDefinitions.push(family);
        return family;
      },
    },
    executions: {
      ...services.executions,
      async createStateMachine(name) {
        stateMachines.push(name);
        return name;
      },
    },
  };
  const { warnings } = await prepareWorkflow(noting, source, options);
  return {
    id: options.id,
    name: source.name,
    warnings,
    machines: [...new Set(stateMachines)],
    taskDefinitions,
    files: source.files.map(({ path, size }) => ({ path, size })),
  };
}
