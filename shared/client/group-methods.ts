import type * as z from 'zod';
import type { createGroupBody, updateGroupBody } from '../api/bodies.ts';
import type { Transport } from './transport.ts';

export type NewGroup = z.input<typeof createGroupBody>;
export type GroupChange = z.input<typeof updateGroupBody>;

/** The methods of the client for groups. */
export const groupMethods = ({ read, send }: Transport) => ({
  /** Lists the caller's groups over all workflows. @example const groups = await client.groups.list(); */
  list: async () => (await read('groups:list')).groups,
  /**
   * Creates a group, with the caller as a member.
   *
   * @example
   * const group = await client.groups.create(workflowId, { name: 'Team A', members: [user.id] });
   */
  create: (workflowId: string, group: NewGroup) =>
    read('groups:create', { params: { workflowId }, json: group }),
  /** Returns a group. @example const { files, runs } = await client.groups.get(group.id); */
  get: (userGroupId: string) => read('groups:get', { params: { userGroupId } }),
  /**
   * Renames a group or replaces its members.
   *
   * @example
   * await client.groups.update(group.id, { name: 'Team B' });
   */
  update: (userGroupId: string, change: GroupChange) =>
    read('groups:update', { params: { userGroupId }, json: change }),
  /**
   * Returns what is left to a group of the limits of its benchmark.
   *
   * @example
   * const { limits, nextRun } = await client.groups.limits(group.id);
   */
  limits: (userGroupId: string) => read('groups:limits', { params: { userGroupId } }),
  /** Returns the runs that the group chose for the ranking. @example const { runs } = await client.groups.chosen(id); */
  chosen: (userGroupId: string) => read('groups:chosen', { params: { userGroupId } }),
  /** Chooses runs for the ranking, instead of those before. @example await client.groups.choose(group.id, [run.id]); */
  choose: (userGroupId: string, runs: readonly string[]) =>
    read('groups:choose', { params: { userGroupId }, json: { runs: [...runs] } }),
  /**
   * Deletes a group with its uploads and runs. It can be restored for some days, unless `now` removes its data at once.
   *
   * @example
   * await client.groups.delete(group.id);
   */
  delete: async (userGroupId: string, { now = false } = {}) => {
    await send('groups:delete', { params: { userGroupId }, query: { now: now ? 'true' : undefined } });
  },
  /** Restores a deleted group. @example await client.groups.restore(group.id); */
  restore: (userGroupId: string) => read('groups:restore', { params: { userGroupId } }),
});
