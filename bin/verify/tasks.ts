import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTasksCommand, ECSClient, ListTasksCommand, type Task } from '@aws-sdk/client-ecs';
import { clientOptions } from '../../shared/clients.ts';
import { type Config, required } from '../../shared/config.ts';

const POLL_MS = 500;

const open = (config: Config) => ({
  client: new ECSClient(clientOptions(config, config.endpoints.ecs)),
  cluster: required(config.compute.clusterArn, 'FLOWSERV_CLUSTER_ARN'),
});

/** ARNs of the tasks of the stage's cluster whose desired state is RUNNING. */
export async function tasksOf(config: Config): Promise<string[]> {
  const { client, cluster } = open(config);
  const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster, desiredStatus: 'RUNNING' }));
  return taskArns;
}

async function describe(config: Config, taskArn: string): Promise<Task | undefined> {
  const { client, cluster } = open(config);
  const { tasks = [] } = await client.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }));
  return tasks[0];
}

const containersOf = ({ containers = [] }: Task) =>
  Object.fromEntries(
    containers.map(({ name, lastStatus, exitCode, reason }) => [name, { lastStatus, exitCode, reason }]),
  );

/** The end of one task, as ECS reports it. */
export const stoppedTask = {
  /** Waits for a task that is not in the list, and until its step runs; returns its ARN. */
  async begun(config: Config, before: readonly string[]): Promise<string> {
    for (;;) {
      for (const arn of await tasksOf(config)) {
        if (before.includes(arn)) continue;
        const task = await describe(config, arn);
        if (task && containersOf(task).step?.lastStatus === 'RUNNING') return arn;
      }
      await sleep(POLL_MS);
    }
  },

  /** Waits for the end of a task; returns how each container ended and how long that took. */
  async ended(config: Config, arn: string) {
    for (;;) {
      const task = await describe(config, arn);
      if (task?.lastStatus === 'STOPPED') {
        const { stopCode, stoppedReason, stoppingAt, stoppedAt } = task;
        const stopping =
          stoppingAt && stoppedAt ? (stoppedAt.getTime() - stoppingAt.getTime()) / 1000 : undefined;
        return { stopCode, stoppedReason, secondsOfStopping: stopping, containers: containersOf(task) };
      }
      await sleep(POLL_MS);
    }
  },
};
