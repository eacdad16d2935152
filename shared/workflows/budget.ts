import { usdOf } from '../costs/step-price.ts';
import { auditWrite } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type Budget, reachedAlerts } from '../template/budget.ts';
import { monthOf, monthUsageCodec } from './usage.ts';
import { workflowCodec } from './workflow.ts';

/**
 * The budget of a workflow: what the ended runs of a month in UTC may cost. Runs that wait or run are not part of the
 * sum, so those that run when the budget is used up may exceed it.
 */
export interface BudgetUse extends Budget {
  readonly month: string;
  /** Micro-dollars of the ended runs of the month. */
  readonly micros: number;
  /** The highest alert of the month that the audit list has, in percent; 0 for none. */
  readonly alerted: number;
}

/** Whether new runs wait, or are refused. */
export const isUsedUp = ({ perMonth, micros }: BudgetUse): boolean => micros >= perMonth;

/** Reads the budget of a workflow and what is used of it; undefined if the workflow has none, or is gone. */
export async function readBudget(
  { table, now }: Pick<Services, 'table' | 'now'>,
  workflowId: string,
  month: string = monthOf(now().toISOString()),
): Promise<BudgetUse | undefined> {
  const { budget } = workflowCodec.readMaybe(await table.get(keys.workflow(workflowId))) ?? {};
  if (!budget) return undefined;
  const usage = monthUsageCodec.readMaybe(await table.get(keys.monthUsage(workflowId, month)));
  return { ...budget, month, micros: usage?.micros ?? 0, alerted: usage?.alerted ?? 0 };
}

/** Rounds of recording an alert while others are recorded. */
const ROUNDS = 5;

/**
 * Adds the alerts that the cost of a month has reached to the audit list, each once per month. Repeatable.
 */
export async function recordAlerts(services: Services, workflowId: string, month?: string): Promise<void> {
  const { table } = services;
  for (let round = 0; round < ROUNDS; round += 1) {
    const use = await readBudget(services, workflowId, month);
    const due = use ? reachedAlerts(use, use.micros).filter((percent) => percent > use.alerted) : [];
    const highest = due.at(-1);
    if (!use || highest === undefined) return;
    const asRead: Condition =
      use.alerted === 0
        ? { expression: 'attribute_not_exists(#alerted)' }
        : { expression: '#alerted = :before', values: { before: use.alerted } };
    const object = { type: 'workflow', id: workflowId } as const;
    const entries = due.map((percent) => ({ object, detail: alertText(use, percent) }));
    const written = await conditionally(
      table.transact([
        table.write.update(keys.monthUsage(workflowId, use.month), { set: { alerted: highest } }, asRead),
        ...entries.map((entry) =>
          auditWrite(services, workflowId, { actor: 'stage', action: 'budget.alert', ...entry }),
        ),
      ]),
    );
    if (written) return;
  }
}

const alertText = ({ month, perMonth, micros }: BudgetUse, percent: number): string =>
  `${percent} % of the budget of ${month} are used: ${usdOf(micros)} of ${usdOf(perMonth)} USD`;
