import * as z from 'zod';
import { itemCodec } from '../store/codec.ts';
import { alive, all, type Condition, madeAt } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import { type Role, roles } from './names.ts';

const memberSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  /** When the role was given. */
  since: z.string(),
});
/** A user with a role in a workflow. Participants are members of groups, not of the workflow. */
export type WorkflowMember = z.infer<typeof memberSchema>;
export const workflowMemberCodec = itemCodec(1, memberSchema);

/** Returns the role of a user in a workflow, or undefined. It is read each time, so that its removal has effect at once. */
export async function readRole(
  { table }: { readonly table: Pick<Table, 'get'> },
  workflowId: string,
  userId: string,
): Promise<Role | undefined> {
  return workflowMemberCodec.readMaybe(await table.get(keys.workflowMember(workflowId, userId)))?.role;
}

/** The role of a user in one workflow. */
export interface OwnRole extends Pick<WorkflowMember, 'role' | 'since'> {
  readonly workflowId: string;
}

/**
 * Returns the roles of a user in all workflows that are not deleted. It reads one item for each workflow.
 *
 * @param deleted ids of deleted workflows whose roles are returned, too
 */
export async function readRolesOf(
  { table }: { readonly table: Table },
  userId: string,
  deleted: readonly string[] = [],
): Promise<OwnRole[]> {
  const listed = (await table.list(keys.workflowEntries())).map(({ sk }) => sk);
  const workflows = [...new Set([...listed, ...deleted])];
  const items = await table.getMany(workflows.map((id) => keys.workflowMember(id, userId)));
  return items.map((item) => {
    const { role, since } = workflowMemberCodec.read(item);
    return { workflowId: item.pk.slice(keys.workflow('').pk.length), role, since };
  });
}

const revisionSchema = z.object({ createdAt: z.string(), membersRevision: z.number().optional() });
/** Which members a workflow has: the part of its item that each change of a role changes. */
export const membersRevisionCodec = itemCodec(1, revisionSchema);

/** The condition that a workflow is the one that was read, and so are its members. */
export const sameMembers = ({ createdAt, membersRevision }: z.infer<typeof revisionSchema>): Condition =>
  all(
    alive,
    madeAt(createdAt),
    membersRevision === undefined
      ? { expression: 'attribute_not_exists(#membersRevision)' }
      : { expression: '#membersRevision = :members', values: { members: membersRevision } },
  );

/**
 * The id of another owner of a workflow, whose account exists: a deleted account keeps its role until its purge. A
 * transaction that relies on it has the condition that the account is `alive`.
 *
 * @param members of the workflow
 */
export async function findOtherOwner(
  { table }: { readonly table: Pick<Table, 'get'> },
  members: readonly WorkflowMember[],
  userId: string,
): Promise<string | undefined> {
  for (const { id, role } of members) {
    if (role !== 'owner' || id === userId) continue;
    const user = await table.get(keys.user(id));
    if (user && user.deleting !== true) return id;
  }
  return undefined;
}
