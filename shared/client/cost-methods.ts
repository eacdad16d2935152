import { allPages } from './organiser-methods.ts';
import type { NewRun } from './run-methods.ts';
import type { Transport } from './transport.ts';

/** The methods of the client for what runs of a workflow use and cost. */
export const costMethods = ({ read }: Transport) => ({
  /**
   * Lists what the ended runs of a workflow used and cost, by month, the latest first, or by group in one month; one
   * request per page of the list.
   *
   * @example
   * const groups = await client.workflows.usage(workflowId, '2026-12');
   */
  usage: (workflowId: string, month?: string) =>
    allPages(async (cursor) => {
      const { usage, nextCursor } = await read('workflows:usage', {
        params: { workflowId },
        query: { month, cursor },
      });
      return { entries: usage, nextCursor };
    }),
  /**
   * Returns the budget of this month and what is used of it; undefined if the workflow has none.
   *
   * @example
   * const { usd, usedUsd } = (await client.workflows.budget(workflowId)) ?? {};
   */
  budget: async (workflowId: string) =>
    (await read('workflows:usage', { params: { workflowId }, query: { limit: '1' } })).budget,
});

/** The method of the client for what a run would cost. */
export const estimateMethods = ({ read }: Transport) => ({
  /**
   * Returns what a run would cost at most, in US dollars, without starting it.
   *
   * @example
   * const { usd } = await client.runs.estimate(group.id, { arguments: [{ name: 'greeting', value: 'Hi' }] });
   */
  estimate: (userGroupId: string, run: NewRun = {}) =>
    read('runs:estimate', { params: { userGroupId }, json: run }),
});
