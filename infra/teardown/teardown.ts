import { setTimeout } from 'node:timers/promises';
import type { Clients } from './clients.ts';
import { deleteBucket, deleteTable, findTable } from './data.ts';
import { deleteMachines, stopExecutions } from './machines.ts';
import { type LiveStack, readDeletion, startDeletion } from './stack.ts';
import type { StageNames } from './stage-names.ts';
import type { StageData, Survey } from './survey.ts';
import { deleteDefinitions, deregister, listTasks, stopTasks, waitForTasks } from './tasks.ts';

/** Told how far something has come. */
export type Progress = (what: string, state: string) => void;

/**
 * Removes what the product has made while it ran: stops executions and tasks, deletes state machines and task
 * definitions. Each part can be repeated, so that it goes on after an interruption.
 *
 * @returns what could not be removed
 */
export async function removeMade(
  { sfn, ecs }: Clients,
  names: StageNames,
  { executions, machines, tasks, definitions }: Survey,
  progress: Progress,
): Promise<string[]> {
  const count = (what: string, total: number) => counter(what, total, progress);
  await stopExecutions(sfn, executions, count('executions stopped', executions.length));
  await stopTasks(ecs, names, tasks, count('tasks stopped', tasks.length));
  await deleteMachines(sfn, machines, count('state machines deleted', machines.length));
  const { active, inactive } = definitions;
  await deregister(ecs, active, count('task definitions deregistered', active.length));
  const all = [...inactive, ...active];
  const refused = await deleteDefinitions(ecs, all, count('task definitions deleted', all.length));
  const stopping = await listTasks(ecs, names, 'STOPPED');
  if (stopping.length > 0) {
    progress('tasks', 'stopping');
    await waitForTasks(ecs, names, stopping);
    progress('tasks', 'have stopped');
  }
  return refused;
}

/** Counts up to a total, and tells each step. */
function counter(what: string, total: number, progress: Progress): (number?: number) => void {
  let sum = 0;
  return (number = 1) => {
    sum += number;
    progress(what, `${sum} of ${total}`);
  };
}

/** Between two looks at a stack that is being deleted: it takes minutes, most of them CloudFront's. */
const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 10_000;

/**
 * Deletes the stack, or waits until its deletion has ended.
 *
 * @throws Error with the reasons where CloudFormation could not delete all
 */
export async function removeStack(
  { cloudformation }: Clients,
  { id, status }: LiveStack,
  progress: Progress,
): Promise<void> {
  let wait = FIRST_WAIT_MS;
  if (status !== 'DELETE_IN_PROGRESS') await startDeletion(cloudformation, id);
  for (;;) {
    const { status: now, deleted, total, failures } = await readDeletion(cloudformation, id);
    progress('stack', now === 'DELETE_COMPLETE' ? 'deleted' : `${deleted} of ${total} resources deleted`);
    if (now === 'DELETE_COMPLETE') return;
    if (now === 'DELETE_FAILED') {
      throw new Error(
        `CloudFormation could not delete all of the stack. Mend this, and run the command again:\n${failures.join('\n')}`,
      );
    }
    await setTimeout(wait);
    wait = Math.min(wait * 1.5, MOST_WAIT_MS);
  }
}

/**
 * Deletes the data that outlives the stack, with all versions.
 *
 * @throws Error for a table that is protected
 */
export async function removeData(
  { s3, dynamodb }: Clients,
  { buckets, tables }: StageData,
  progress: Progress,
): Promise<void> {
  for (const bucket of buckets) {
    let objects = 0;
    await deleteBucket(s3, bucket, (number) => {
      objects += number;
      progress(`bucket ${bucket}`, `${objects} objects deleted`);
    });
    progress(`bucket ${bucket}`, 'deleted');
  }
  for (const table of tables) {
    if ((await findTable(dynamodb, table))?.isProtected) {
      throw new Error(
        `table ${table} is protected; \`aws dynamodb update-table --table-name ${table} --no-deletion-protection-enabled\` ends that`,
      );
    }
    await deleteTable(dynamodb, table);
    progress(`table ${table}`, 'deleted');
  }
}
