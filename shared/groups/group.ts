import * as z from 'zod';
import { unknownObject } from '../errors.ts';
import { reservationsSchema } from '../quotas/quota.ts';
import type { Services } from '../services/services.ts';
import { type Codec, itemCodec } from '../store/codec.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { markSchema } from '../store/purge.ts';
import type { ContestLimits } from '../template/contest.ts';
import { disqualificationSchema } from '../workflows/moderation.ts';
import { pauseSchema, workflowCodec } from '../workflows/workflow.ts';

/**
 * Maximum number of members of a group. A change that replaces all of them takes two writes per member, and a
 * transaction holds 100 (DynamoDB, TransactWriteItems).
 */
const MAX_MEMBERS = 40;

/** Where a user's groups are limited, such a change takes four writes per member. */
const MAX_COUNTED_MEMBERS = 20;

/** Maximum number of members of a group by the rules of its workflow. */
export function mostMembers({ maxGroupMembers = MAX_MEMBERS, groupsPerUser }: ContestLimits = {}): number {
  return Math.min(maxGroupMembers, groupsPerUser === undefined ? MAX_MEMBERS : MAX_COUNTED_MEMBERS);
}

const memberSchema = z.object({ id: z.string(), name: z.string() });
export type Member = z.infer<typeof memberSchema>;
/** A user in a group, and since when; absent if an earlier release added the user. */
const groupMemberSchema = memberSchema.extend({ since: z.string().optional() });

const invitationSchema = memberSchema.extend({
  /** The member who invited the user. */
  by: memberSchema,
  at: z.string(),
});
/** A user who may become a member. */
export type Invitation = z.infer<typeof invitationSchema>;

const configSchema = z.record(z.string(), z.unknown());

const groupSchema = z.object({
  id: z.string(),
  workflowId: z.string(),
  name: z.string(),
  /** The member who may hand it over. */
  ownerId: z.string(),
  /** The user who created the group, and whose quota it counts against, if that is not the owner any more. */
  creatorId: z.string().optional(),
  /** Key of another name that stays reserved, so that nobody takes the name of a user who deleted the account. */
  formerName: z.string().optional(),
  members: z.array(groupMemberSchema),
  /** Open invitations; absent in groups that never had any. */
  invitations: z.array(invitationSchema).optional(),
  /** Stored: the workflow's version when the group was created. As `findGroup` returns it: the current version. */
  version: z.string(),
  /** Engine configuration, fixed at creation. */
  config: configSchema.nullable(),
  /** True if the group added parameters, which the document `parameters` holds. */
  ownParameters: z.boolean(),
  createdAt: z.string(),
  /** Counts the updates, so that two concurrent updates do not overwrite each other. */
  revision: z.number(),
  /** Runs that the group chose for the ranking; the results of those that are ranked say so too. */
  chosen: z.array(z.string()).optional(),
  /** Number of runs that are PENDING or RUNNING. */
  activeRuns: z.number(),
  /** Counts the changes of its list of runs, in their transactions; absent if there was none. */
  runChanges: z.number().optional(),
  /** Counts the changes of its list of uploads. */
  uploadChanges: z.number().optional(),
  /** What the group takes from the quotas of its creator and the limits of its members, until it is deleted. */
  reservations: reservationsSchema,
  /** Set while organisers exclude it: none of its runs is ranked, and it starts no more. */
  disqualified: disqualificationSchema.optional(),
  /** As `findGroup` returns it: set while organisers pause submissions to the workflow. Never stored. */
  paused: pauseSchema.optional(),
  /** True once there was a decision about the ranking of one of its runs. */
  hasModeration: z.boolean().optional(),
  ...markSchema,
});

/** A group of participants of one workflow (a submission, in ROB's words). */
export type Group = z.infer<typeof groupSchema>;

/** When a member joined a group, if that is known: its creator did so with its creation. */
export function joinedAt(
  { ownerId, creatorId = ownerId, createdAt }: Group,
  { id, since }: z.infer<typeof groupMemberSchema>,
): string | undefined {
  return since ?? (id === creatorId ? createdAt : undefined);
}

/**
 * The configuration is stored as text: it may nest deeper than the 32 levels and hold longer numbers than the 38 digits
 * that DynamoDB allows (DynamoDB quotas, data types).
 */
const stored = itemCodec(1, groupSchema.extend({ config: z.string().nullable() }));
const read = (item: Item): Group => {
  const { config, ...group } = stored.read(item);
  return { ...group, config: config === null ? null : configSchema.parse(JSON.parse(config)) };
};
export const groupCodec: Codec<Group> = {
  read,
  readMaybe: (item) => (item === undefined ? undefined : read(item)),
  write: (key, { config, ...group }) =>
    stored.write(key, { ...group, config: config === null ? null : JSON.stringify(config) }),
};

/** A group in the list of a user's groups or of a workflow's groups. */
const entrySchema = z.object({
  id: z.string(),
  workflowId: z.string(),
  name: z.string(),
  /** On the list of the workflow: true while the group is being deleted. */
  deleting: z.boolean().optional(),
});
export type GroupEntry = z.infer<typeof entrySchema>;
export const groupEntryCodec = itemCodec(1, entrySchema);

/**
 * Returns a group that can be used, with the current version of its workflow: new runs use it.
 *
 * @param workflowId if the caller knows it, group and workflow are read in one request
 * @throws FlowservError 404 if the group does not exist, or the group or its workflow is deleted
 */
export async function findGroup(services: Services, groupId: string, workflowId?: string): Promise<Group> {
  const [item, workflow] = await readWithWorkflow(services, groupId, workflowId);
  return existingGroup(item, workflow, groupId);
}

/** @throws FlowservError 404 if the item of a group or of its workflow is missing, or one of them is deleted */
export function existingGroup(item: Item | undefined, workflow: Item | undefined, groupId: string): Group {
  const group = groupCodec.readMaybe(item);
  const installed = workflowCodec.readMaybe(workflow);
  if (!group || group.deleting || !installed || installed.deleting) throw unknownObject('group', groupId);
  const { version, paused } = installed;
  return { ...group, version, ...(paused ? { paused } : {}) };
}

async function readWithWorkflow(
  { table }: Services,
  groupId: string,
  workflowId: string | undefined,
): Promise<readonly (Item | undefined)[]> {
  if (workflowId === undefined) {
    const group = await table.get(keys.group(groupId));
    return [group, group && (await table.get(keys.workflow(String(group.workflowId))))];
  }
  const wanted = [keys.group(groupId), keys.workflow(workflowId)];
  const items = await table.getMany(wanted);
  return wanted.map(({ pk }) => items.find((item) => item.pk === pk));
}

/** Reads a group even if it is deleted, as long as it is not purged. */
export async function readAnyGroup({ table }: Services, groupId: string): Promise<Group | undefined> {
  return groupCodec.readMaybe(await table.get(keys.group(groupId)));
}
