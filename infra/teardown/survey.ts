import type { Clients } from './clients.ts';
import { bucketExists, findTable } from './data.ts';
import { listExecutions, listMachines } from './machines.ts';
import { dataResources, findDeletedStack, findLiveStack, type LiveStack } from './stack.ts';
import type { StageNames } from './stage-names.ts';
import { listTaskDefinitions, listTasks, type TaskDefinitions } from './tasks.ts';

/** What there is of a stage. */
export interface Survey {
  readonly stack: LiveStack | undefined;
  readonly machines: readonly string[];
  readonly executions: readonly string[];
  readonly tasks: readonly string[];
  readonly definitions: TaskDefinitions;
  /** What outlives the stack. */
  readonly buckets: readonly string[];
  readonly tables: readonly string[];
}

/** Looks up all that belongs to a stage, of its stack or of what a deleted stack has left. Changes nothing. */
export async function surveyStage(clients: Clients, names: StageNames): Promise<Survey> {
  const [stack, machines, tasks, definitions] = await Promise.all([
    findLiveStack(clients.cloudformation, names.stack),
    listMachines(clients.sfn, names),
    listTasks(clients.ecs, names, 'RUNNING'),
    listTaskDefinitions(clients.ecs, names),
  ]);
  const executions: string[] = [];
  for (const machine of machines) executions.push(...(await listExecutions(clients.sfn, machine)));
  const data = stack ? await dataOf(clients, stack.id, false) : await findLeftData(clients, names);
  return { stack, machines, executions, tasks, definitions, ...data };
}

/** The buckets and tables that are there. */
export type StageData = Pick<Survey, 'buckets' | 'tables'>;

/** What a deleted stack has left: the one of that ARN, or the last one of the stage. */
export async function findLeftData(
  clients: Clients,
  { stack }: StageNames,
  deleted?: string,
): Promise<StageData> {
  const id = deleted ?? (await findDeletedStack(clients.cloudformation, stack));
  return id === undefined ? { buckets: [], tables: [] } : dataOf(clients, id, true);
}

async function dataOf(
  { cloudformation, s3, dynamodb }: Clients,
  stack: string,
  isDeleted: boolean,
): Promise<StageData> {
  const { buckets, tables } = await dataResources(cloudformation, stack, isDeleted);
  return {
    buckets: await filter(buckets, (bucket) => bucketExists(s3, bucket)),
    tables: await filter(tables, async (table) => (await findTable(dynamodb, table)) !== undefined),
  };
}

async function filter<T>(all: readonly T[], holds: (one: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (const one of all) if (await holds(one)) kept.push(one);
  return kept;
}
