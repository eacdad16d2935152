import type { Services } from '../services/services.ts';

/** What an installation would create besides items and objects. */
export interface Recorded {
  /** Names of state machines, which may exist already for other workflows with the same steps. */
  readonly stateMachines: string[];
  /** Families of the task definitions that are not registered yet. */
  readonly taskDefinitions: string[];
}

/** Services for a dry run: they read, but only record what `prepareVersion` would create. */
export function recordingServices(services: Services): Recorded & { readonly services: Services } {
  const stateMachines: string[] = [];
  const taskDefinitions: string[] = [];
  return {
    stateMachines,
    taskDefinitions,
    services: {
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
    },
  };
}
