import { usdOf } from '../../costs/step-price.ts';
import { readUsedGroups } from '../../groups/used-groups.ts';
import { type BudgetUse, isUsedUp, readBudget } from '../../workflows/budget.ts';
import { listGroupUsages, listMonths, type MonthUsage } from '../../workflows/usage.ts';
import { operation } from '../operation.ts';
import { ok } from '../operation-result.ts';
import { pageOf, usageView } from '../views.ts';
import { ownWorkflow } from './own-workflow.ts';

/** What runs of a workflow use and cost. */
export const costOperations = [
  operation('workflows:usage', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    const { services, query } = request;
    const { month } = query;
    if (month === undefined) {
      const [{ entries, nextCursor }, budget] = await Promise.all([
        listMonths(services, workflowId, query),
        readBudget(services, workflowId),
      ]);
      return ok({
        usage: entries.map(monthUsageView),
        ...(nextCursor === undefined ? {} : { nextCursor }),
        ...(budget && { budget: budgetView(budget) }),
      });
    }
    const usages = await listGroupUsages(services, workflowId, month, query);
    const groups = await readUsedGroups(services, workflowId, usages.entries);
    return pageOf('usage', usages, (usage) => ({
      ...monthUsageView(usage),
      group: groups.get(usage.groupId)?.group ?? { id: usage.groupId },
      uploadBytes: groups.get(usage.groupId)?.uploadBytes ?? 0,
    }));
  }),
];

const monthUsageView = ({ month, runs, ...used }: MonthUsage) => ({ month, runs, ...usageView(used) });

const budgetView = (use: BudgetUse) => ({
  month: use.month,
  usd: usdOf(use.perMonth),
  usedUsd: usdOf(use.micros),
  whenReached: use.whenReached,
  isReached: isUsedUp(use),
});
