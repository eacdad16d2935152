import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Arns } from './arns.ts';
import { requireCluster } from './clusters.ts';
import { invalidParameter, readInput } from './errors.ts';
import { pageInput, readPosition, writePosition } from './paging.ts';
import type { EcsStore } from './store.ts';
import { readTaskRequest, type TaskRequest } from './task-request.ts';
import type { TaskService } from './task-service.ts';
import { apiTask } from './task-shape.ts';

const cluster = z.string().default('default');
const stopInput = z.strictObject({ cluster, task: z.string(), reason: z.string().optional() });
const describeInput = z.strictObject({
  cluster,
  tasks: z.array(z.string()).min(1, 'Tasks cannot be empty.').max(100),
  include: z.array(z.literal('TAGS')).optional(),
});
const listInput = z.strictObject({
  cluster,
  family: z.string().optional(),
  startedBy: z.string().optional(),
  // ECS never sets a desired status of PENDING, so this filter finds nothing (API reference, ListTasks).
  desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).default('RUNNING'),
  launchType: z.literal('FARGATE').optional(),
  ...pageInput,
});

interface Context {
  readonly arns: Arns;
  readonly store: EcsStore;
  readonly service: TaskService;
}

/** The operations on tasks. */
export function taskOperations({ arns, store, service }: Context) {
  return {
    RunTask(input: unknown) {
      const request = readTaskRequest(input);
      const tasks = service.run(request, request.startedBy, idempotencyOf(request, arns));
      return { tasks: tasks.map((task) => apiTask(task)), failures: [] };
    },
    StopTask(input: unknown) {
      const request = readInput(stopInput, input, invalidParameter);
      const taskId = arns.taskId(request.task);
      if (store.getTask(taskId)?.cluster !== requireCluster(arns, store, request.cluster).name) {
        throw invalidParameter('The referenced task was not found.');
      }
      return { task: apiTask(service.stop(taskId, request.reason ?? 'Task stopped by user')) };
    },
    DescribeTasks(input: unknown) {
      const request = readInput(describeInput, input, invalidParameter);
      const { name } = requireCluster(arns, store, request.cluster);
      const found = request.tasks.map((reference) => {
        const stored = store.getTask(arns.taskId(reference));
        return stored?.cluster === name ? stored.task : undefined;
      });
      return {
        tasks: found.flatMap((task) => (task ? [apiTask(task, request.include !== undefined)] : [])),
        failures: request.tasks.flatMap((reference, index) =>
          found[index] ? [] : [{ arn: arns.task(name, arns.taskId(reference)), reason: 'MISSING' }],
        ),
      };
    },
    ListTasks(input: unknown) {
      const { family, startedBy, desiredStatus, ...request } = readInput(listInput, input, invalidParameter);
      if (startedBy !== undefined && family !== undefined) {
        throw invalidParameter('startedBy must be the only filter');
      }
      const { name } = requireCluster(arns, store, request.cluster);
      const rows = store.listTasks(
        { cluster: name, desiredStatus, family, startedBy },
        { after: readPosition(request.nextToken, z.int()), limit: request.maxResults + 1 },
      );
      const page = rows.slice(0, request.maxResults);
      return {
        taskArns: page.map(({ id }) => arns.task(name, id)),
        ...writePosition(rows.length > request.maxResults ? page.at(-1)?.position : undefined),
      };
    },
  };
}

function idempotencyOf({ clientToken, ...request }: TaskRequest, arns: Arns) {
  if (clientToken === undefined) return undefined;
  const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  return { scope: `cluster/${arns.clusterName(request.cluster)}`, token: clientToken, requestHash };
}
