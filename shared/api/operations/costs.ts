import { readUsedGroups } from '../../groups/used-groups.ts';
import { listGroupUsages, listMonths, type MonthUsage } from '../../workflows/usage.ts';
import { operation } from '../operation.ts';
import { pageOf, usageView } from '../views.ts';
import { ownWorkflow } from './organisers.ts';

/** What runs of a workflow use and cost. */
export const costOperations = [
  operation('workflows:usage', async (request) => {
    const workflowId = await ownWorkflow(request);
    const { services, query } = request;
    const { month } = query;
    if (month === undefined) {
      return pageOf('usage', await listMonths(services, workflowId, query), monthUsageView);
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
