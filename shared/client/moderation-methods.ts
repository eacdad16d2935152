import type * as z from 'zod';
import type { disqualifyBody } from '../api/bodies.ts';
import { allPages } from './organiser-methods.ts';
import type { Transport } from './transport.ts';

export type GivenReason = z.input<typeof disqualifyBody>;

/** Methods about decisions on the ranking of a workflow. */
export const workflowModerationMethods = ({ read }: Transport) => ({
  /**
   * Lists the groups and runs that are disqualified, withdrawn or baselines; one request per page of the list.
   *
   * @example
   * const entries = await client.workflows.moderation(workflowId);
   */
  moderation: (workflowId: string) =>
    allPages((cursor) => read('workflows:moderation', { params: { workflowId }, query: { cursor } })),
});

/** Methods about decisions on groups. */
export const groupModerationMethods = ({ read, send }: Transport) => ({
  /**
   * Disqualifies a group: none of its runs is ranked, and it starts no more. For organisers.
   *
   * @example
   * await client.groups.disqualify(group.id, { reason: 'two accounts', visibility: 'public' });
   */
  disqualify: (userGroupId: string, given: GivenReason) =>
    read('groups:disqualify', { params: { userGroupId }, json: given }),
  /** Readmits a disqualified group. @example await client.groups.readmit(group.id); */
  readmit: async (userGroupId: string) => {
    await send('groups:readmit', { params: { userGroupId } });
  },
});

/** Methods about decisions on runs. */
export const runModerationMethods = ({ read, send }: Transport) => ({
  /**
   * Disqualifies a run, which is not ranked any more. For organisers.
   *
   * @example
   * await client.runs.disqualify(run.id, { reason: 'reads the test labels', visibility: 'public' });
   */
  disqualify: (runId: string, given: GivenReason) =>
    read('runs:disqualify', { params: { runId }, json: given }),
  /** Readmits a disqualified run. @example await client.runs.readmit(run.id); */
  readmit: async (runId: string) => {
    await send('runs:readmit', { params: { runId } });
  },
  /** Withdraws a run of an own group from the ranking. @example await client.runs.withdraw(run.id); */
  withdraw: (runId: string) => read('runs:withdraw', { params: { runId } }),
  /** Returns a withdrawn run to the ranking. @example await client.runs.return(run.id); */
  return: async (runId: string) => {
    await send('runs:return', { params: { runId } });
  },
  /**
   * Marks a run as a baseline, which the leaderboard shows without a rank. For organisers.
   *
   * @example
   * await client.runs.markBaseline(run.id, 'Majority class');
   */
  markBaseline: (runId: string, label?: string) =>
    read('runs:baseline', { params: { runId }, json: label === undefined ? {} : { label } }),
  /** Makes a baseline an ordinary run again. @example await client.runs.unmarkBaseline(run.id); */
  unmarkBaseline: async (runId: string) => {
    await send('runs:baseline:remove', { params: { runId } });
  },
});
