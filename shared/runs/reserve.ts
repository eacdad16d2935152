import { newSecret, timestamp } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { absent, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { type Run, runCodec } from './run.ts';

/** Time until a reservation is checked: twice the longest time that a function has to write the run itself. */
const CHECK_MINUTES = 10;

/** The condition under which a run replaces its reservation. */
export const reserved: Condition = { expression: '#deleting = :yes', values: { yes: true } };

/**
 * Announces a run whose objects are written before the run itself. All other readers see a run that is being deleted,
 * so the sweep removes the objects if the run is never written.
 */
export async function reserveRun(
  { table, now }: Services,
  run: Pick<Run, 'id' | 'workflowId' | 'version' | 'machineArn'>,
): Promise<void> {
  const { id, workflowId, version, machineArn } = run;
  const announced: Run = {
    id,
    workflowId,
    version,
    machineArn,
    state: 'ERROR',
    createdAt: timestamp(now()),
    fileSecret: newSecret(),
    settled: true,
    deleting: true,
    ...dueAttributes(id, minutesLater(now(), CHECK_MINUTES)),
  };
  await table.put(runCodec.write(keys.run(id), announced), absent);
}

/** Withdraws a reservation and removes the objects that were written for it. */
export async function withdrawRun(
  { table, objects }: Services,
  { id, workflowId }: Pick<Run, 'id' | 'workflowId'>,
): Promise<void> {
  await objects.removeAll('data', objectKeys.run(workflowId, id));
  await conditionally(table.remove(keys.run(id), reserved));
}
