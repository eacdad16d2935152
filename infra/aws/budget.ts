import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Construct } from 'constructs';
import type { Stage } from './stage.ts';

/** Percentages of the budget at which AWS sends mail, by the amount that is compared. */
const MAILS = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'ACTUAL', threshold: 100 },
  { notificationType: 'FORECASTED', threshold: 100 },
] as const;

/**
 * The budget of a stage whose settings have one. It has no fixed name, since most changes replace it. It covers the
 * whole account: a filter by the stage's tag counts nothing until the tag is activated in the billing console, and
 * never counts the tasks that Step Functions starts, which have no tags.
 */
export function createBudget(scope: Construct, { monthlyBudget, alarmEmail }: Stage): void {
  if (monthlyBudget === undefined || alarmEmail === undefined) return;
  new CfnBudget(scope, 'Budget', {
    budget: {
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: monthlyBudget, unit: 'USD' },
    },
    notificationsWithSubscribers: MAILS.map((mail) => ({
      notification: { ...mail, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
      subscribers: [{ subscriptionType: 'EMAIL', address: alarmEmail }],
    })),
  });
}
