import type { Warning } from '../documents/warning.ts';
import type { Services } from '../services/services.ts';
import type { WorkflowSource } from '../sources/folder.ts';
import { type InstallOptions, prepareWorkflow } from './create.ts';

/** What the installation of a workflow would create. */
export interface DryRun {
  /** The requested identifier; undefined if one will be generated. */
  readonly id: string | undefined;
  readonly name: string;
  readonly warnings: readonly Warning[];
  /** Names of state machines, which may exist already for other workflows with the same steps. */
  readonly stateMachines: readonly string[];
  /** Families of the task definitions that are not registered yet. */
  readonly taskDefinitions: readonly string[];
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
  const stateMachines: string[] = [];
  const taskDefinitions: string[] = [];
  const recording: Services = {
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
  const { warnings } = await prepareWorkflow(recording, source, options);
  return {
    id: options.id,
    name: source.name,
    warnings,
    stateMachines: [...new Set(stateMachines)],
    taskDefinitions,
    files: source.files.map(({ path, size }) => ({ path, size })),
  };
}
