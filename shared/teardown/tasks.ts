import { setTimeout } from 'node:timers/promises';
import {
  ClusterNotFoundException,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  paginateListTaskDefinitions,
  paginateListTasks,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { createPace, eachAtPace } from './pace.ts';
import type { StageNames } from './stage-names.ts';

/** Half of the burst that ECS allows, then its full rate (Amazon ECS, "Request throttling"). */
const stopPace = () => createPace(50, 20);
const deregisterPace = () => createPace(10, 1);
const deletePace = () => createPace(2, 1);

/** Definitions in one call (Amazon ECS, DeleteTaskDefinitions). */
const BATCH = 10;

/** ARNs of tasks, by who started them. */
interface Tasks {
  /** Tasks of task definitions that the product registered for this stage. */
  readonly own: readonly string[];
  readonly foreign: readonly string[];
}

/**
 * The tasks of the stage's cluster with desired status RUNNING, or those with STOPPED, which ECS lists for an hour;
 * none when the cluster is gone. The cluster may run other tasks too: the product's are recognised by the families of
 * their definitions.
 */
export async function listTasks(
  client: ECSClient,
  { cluster, isMade }: StageNames,
  desiredStatus: 'RUNNING' | 'STOPPED',
): Promise<Tasks> {
  const own: string[] = [];
  const foreign: string[] = [];
  try {
    for await (const { taskArns = [] } of paginateListTasks({ client }, { cluster, desiredStatus })) {
      // A page has at most the number of tasks that one request describes (Amazon ECS, ListTasks).
      const { tasks = [] } =
        taskArns.length === 0
          ? {}
          : await client.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
      for (const { taskArn, taskDefinitionArn = '' } of tasks) {
        if (taskArn !== undefined) (isMade(familyOf(taskDefinitionArn)) ? own : foreign).push(taskArn);
      }
    }
  } catch (error) {
    if (!(error instanceof ClusterNotFoundException)) throw error;
  }
  return { own, foreign };
}

/** Asks tasks to stop, which they do within two minutes. @param done called after each */
export const stopTasks = (
  client: ECSClient,
  { cluster }: StageNames,
  arns: readonly string[],
  done: () => void,
): Promise<void> =>
  eachAtPace(stopPace(), arns, done, (task) =>
    client.send(new StopTaskCommand({ cluster, task, reason: 'the stage is being deleted' })),
  );

/** Tasks in one request (Amazon ECS, DescribeTasks). */
const WAITED = 100;
/** A task stops within some two minutes; its network interface is removed a little later. */
const STOP_MS = 600_000;
const LOOK_MS = 2000;

/**
 * Waits until tasks have stopped: until then they hold the stack's network. A task that ECS no longer lists has
 * stopped.
 *
 * @throws Error after ten minutes
 */
export async function waitForTasks(
  client: ECSClient,
  { cluster }: StageNames,
  arns: readonly string[],
): Promise<void> {
  const end = Date.now() + STOP_MS;
  for (let start = 0; start < arns.length; start += WAITED) {
    const command = new DescribeTasksCommand({ cluster, tasks: arns.slice(start, start + WAITED) });
    for (;;) {
      const { tasks = [] } = await client.send(command);
      const open = tasks.filter(({ lastStatus }) => lastStatus !== 'STOPPED');
      if (open.length === 0) break;
      if (Date.now() > end) {
        throw new Error(`tasks do not stop: ${open.map(({ taskArn }) => taskArn).join(', ')}`);
      }
      await setTimeout(LOOK_MS);
    }
  }
}

export interface TaskDefinitions {
  readonly active: readonly string[];
  /** Deregistered, but not deleted. */
  readonly inactive: readonly string[];
}

/** ARNs of the task definitions that were registered for the images of workflows. */
export async function listTaskDefinitions(client: ECSClient, names: StageNames): Promise<TaskDefinitions> {
  // A request can filter by one family, but not by a prefix, and listing families first takes a call for each.
  const list = async (status: 'ACTIVE' | 'INACTIVE') => {
    const arns: string[] = [];
    for await (const { taskDefinitionArns = [] } of paginateListTaskDefinitions({ client }, { status })) {
      arns.push(...taskDefinitionArns.filter((arn) => names.isMade(familyOf(arn))));
    }
    return arns;
  };
  const [active, inactive] = await Promise.all([list('ACTIVE'), list('INACTIVE')]);
  return { active, inactive };
}

/** `arn:…:task-definition/<family>:<revision>` */
export const familyOf = (arn: string): string => arn.split('/').at(-1)?.split(':')[0] ?? '';

/** Deregisters definitions. @param done called after each */
export const deregister = (client: ECSClient, arns: readonly string[], done: () => void): Promise<void> =>
  eachAtPace(deregisterPace(), arns, done, (taskDefinition) =>
    client.send(new DeregisterTaskDefinitionCommand({ taskDefinition })),
  );

/**
 * Deletes deregistered definitions.
 *
 * @param done called with the number of each batch
 * @returns the definitions that ECS did not delete, with reasons
 */
export async function deleteDefinitions(
  client: ECSClient,
  arns: readonly string[],
  done: (number: number) => void,
): Promise<string[]> {
  const pace = deletePace();
  const failed: string[] = [];
  for (let start = 0; start < arns.length; start += BATCH) {
    await pace();
    const taskDefinitions = arns.slice(start, start + BATCH);
    const { failures = [] } = await client.send(new DeleteTaskDefinitionsCommand({ taskDefinitions }));
    failed.push(...failures.map(({ arn, reason }) => `${arn}: ${reason}`));
    done(taskDefinitions.length);
  }
  return failed;
}
