import { timestamp } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed, conditionally } from '../store/conditional.ts';
import { dueAttributes } from '../store/due.ts';
import { all, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type BudgetUse, isUsedUp, readBudget, recordAlerts } from '../workflows/budget.ts';
import { enqueueRun, type QueuedRun, queuedOf } from './queue.ts';
import { isLastInQueue, queueOwnerOf, type Run } from './run.ts';

/**
 * Runs of a workflow whose budget of the month is used up are held: the dispatcher takes them off the queue, so that they
 * are in nobody's way, and the sweep puts them back under their number in the next month, or when the budget is raised.
 * If the budget says `refuse`, the sweep cancels them instead.
 */

/** The condition that a run still waits under its number. */
export const waitsUnder = (number: number): Condition => ({
  expression: '#queueNumber = :number AND #state = :pending AND attribute_not_exists(#deleting)',
  values: { number, pending: 'PENDING' },
});

const isHeld: Condition = { expression: 'attribute_exists(#held)' };

/**
 * Takes a run off the queue. It is due for the sweep at once.
 *
 * @returns false if the run no longer waits under its number
 */
export async function holdRun(
  { table, now }: Services,
  { runId, party, number }: QueuedRun,
  { month }: BudgetUse,
): Promise<boolean> {
  const held = { since: timestamp(now()), month };
  const taken = { set: { held, ...dueAttributes(runId, now()) } };
  const written = await conditionally(
    table.transact([
      table.write.update(keys.run(runId), taken, waitsUnder(number)),
      table.write.remove(keys.queued(party, number)),
    ]),
  );
  return written !== undefined;
}

/**
 * Decides about a run that is held: puts it back into the queue if the budget permits it.
 *
 * @returns why the run is refused, as a message for its participants; undefined if it is not
 */
export async function reviewHeld(services: Services, run: Run): Promise<string | undefined> {
  const { queueNumber, held } = run;
  if (queueNumber === undefined || !held) return undefined;
  const use = await readBudget(services, run.workflowId);
  if (!use || !isUsedUp(use)) {
    await putBack(services, run, queueNumber);
    return undefined;
  }
  // The budget may have been lowered since the last run ended.
  await recordAlerts(services, run.workflowId);
  // The organisers order runs that score others again, so these wait.
  if (use.whenReached === 'wait' || isLastInQueue(queueOwnerOf(run))) return undefined;
  return `refused: ${usedUp(use.month)}`;
}

async function putBack({ table, messages }: Services, run: Run, number: number): Promise<void> {
  try {
    await table.transact([
      table.write.update(keys.run(run.id), { remove: ['held'] }, all(waitsUnder(number), isHeld)),
      enqueueRun(table, queuedOf(run, number)),
    ]);
  } catch (error) {
    // It was canceled, deleted or put back meanwhile.
    if (error instanceof ConditionFailed) return;
    throw error;
  }
  await messages.dispatch();
}

const usedUp = (month: string) => `the budget of this benchmark for ${month} is used up`;

/** Why a held run waits. */
export const heldReason = ({ month }: NonNullable<Run['held']>): string =>
  `${usedUp(month)}; runs start again in the next month, or when the organisers raise the budget`;
