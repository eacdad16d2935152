import { setTimeout } from 'node:timers/promises';
import { type CreatedResources, type Progress, removeCreated } from '../../shared/teardown/made.ts';
import type { StageNames } from '../../shared/teardown/stage-names.ts';
import type { Clients } from './clients.ts';
import { deleteBucket, deleteTable, findTable, forgetFamily } from './data.ts';
import { type LiveStack, readDeletion, startDeletion } from './stack.ts';
import type { StageData } from './survey.ts';

/**
 * Removes what the product created at run time, and its items in retained tables: those may serve a later stack.
 *
 * @returns what could not be removed
 */
export const removeMadeOf = (
  clients: Clients,
  names: StageNames,
  made: CreatedResources,
  tables: readonly string[],
  progress: Progress,
): Promise<string[]> => {
  const forget = (family: string) =>
    Promise.all(tables.map((table) => forgetFamily(clients.dynamodb, table, family)));
  return removeCreated(clients, names, made, forget, progress);
};

/**
 * Interval between two requests for the state of a stack that is being deleted: it takes minutes, mostly for
 * CloudFront.
 */
const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 10_000;

/**
 * Deletes the stack, or waits until its deletion ends.
 *
 * @throws Error with the reasons if CloudFormation could not delete everything
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
        `CloudFormation could not delete all of the stack. Fix this, and run the command again:\n${failures.join('\n')}`,
      );
    }
    await setTimeout(wait);
    wait = Math.min(wait * 1.5, MOST_WAIT_MS);
  }
}

/**
 * Deletes the data that outlives the stack, with all versions.
 *
 * @throws Error if a table is protected
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
