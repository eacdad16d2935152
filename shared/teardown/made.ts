import type { ECSClient } from '@aws-sdk/client-ecs';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { StageNames } from './stage-names.ts';
import { deleteStateMachines, listExecutions, listStateMachines, stopExecutions } from './state-machines.ts';
import {
  deleteDefinitions,
  deregister,
  familyOf,
  listTaskDefinitions,
  listTasks,
  stopTasks,
  type TaskDefinitions,
  waitForTasks,
} from './tasks.ts';

/** The services in which the product creates resources at run time. */
export interface MakingServices {
  readonly sfn: SFNClient;
  readonly ecs: ECSClient;
}

/** Resources that runs and installed workflows made, which belong to no stack. */
export interface CreatedResources {
  readonly stateMachines: readonly string[];
  readonly executions: readonly string[];
  readonly tasks: readonly string[];
  /** Tasks in the cluster that the product did not start. */
  readonly foreignTasks: readonly string[];
  readonly definitions: TaskDefinitions;
}

/** Lists the resources that the product created for a stage. Changes nothing. */
export async function surveyCreated(
  { sfn, ecs }: MakingServices,
  names: StageNames,
): Promise<CreatedResources> {
  const [stateMachines, { own, foreign }, definitions] = await Promise.all([
    listStateMachines(sfn, names),
    listTasks(ecs, names, 'RUNNING'),
    listTaskDefinitions(ecs, names),
  ]);
  const executions: string[] = [];
  for (const stateMachine of stateMachines) executions.push(...(await listExecutions(sfn, stateMachine)));
  return { stateMachines, executions, tasks: own, foreignTasks: foreign, definitions };
}

/** Called with the progress of the removal. */
export type Progress = (what: string, state: string) => void;

/**
 * Removes the resources that the product created at run time: stops executions and tasks, deletes state machines and
 * task definitions. Each part can be repeated, so the removal can continue after an interruption.
 *
 * @param forget removes a family from the table before its definitions are deleted: definitions that the table names
 *   are used
 * @returns what could not be removed
 */
export async function removeCreated(
  { sfn, ecs }: MakingServices,
  names: StageNames,
  { executions, stateMachines, tasks, definitions }: CreatedResources,
  forget: (family: string) => Promise<unknown>,
  progress: Progress,
): Promise<string[]> {
  const count = (what: string, total: number) => counter(what, total, progress);
  await stopExecutions(sfn, executions, count('executions stopped', executions.length));
  await stopTasks(ecs, names, tasks, count('tasks stopped', tasks.length));
  await deleteStateMachines(sfn, stateMachines, count('state machines deleted', stateMachines.length));
  const { active, inactive } = definitions;
  const all = [...inactive, ...active];
  for (const family of new Set(all.map(familyOf))) await forget(family);
  await deregister(ecs, active, count('task definitions deregistered', active.length));
  const failed = await deleteDefinitions(ecs, all, count('task definitions deleted', all.length));
  const { own: stopping } = await listTasks(ecs, names, 'STOPPED');
  if (stopping.length > 0) {
    progress('tasks', 'stopping');
    await waitForTasks(ecs, names, stopping);
    progress('tasks', 'stopped');
  }
  return failed;
}

/** Counts up to a total, and reports each step. */
function counter(what: string, total: number, progress: Progress): (number?: number) => void {
  let sum = 0;
  return (number = 1) => {
    sum += number;
    progress(what, `${sum} of ${total}`);
  };
}
