import { invalid, notAuthorized, tooMany, unknownObject } from '../errors.ts';
import { timestamp } from '../ids.ts';
import { type Actor, type Audited, auditWrite } from '../roles/audit.ts';
import type { Role } from '../roles/names.ts';
import { findOtherOwner, sameMembers, type WorkflowMember, workflowMemberCodec } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { afterConflict } from '../store/conflict.ts';
import { alive, exists } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import { DELETED_USER, findActiveUser } from '../users/user.ts';
import { findWorkflow } from '../workflows/workflow.ts';

/** Maximum number of users with a role in one workflow. */
export const MAX_WORKFLOW_MEMBERS = 100;

/** Changes of one workflow's members at the same time are rare; a hundred of them end within this number of attempts. */
const ATTEMPTS = 40;

/** A change of one user's role; null removes it. */
interface RoleChange {
  readonly workflowId: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly role: Role | null;
}

/** Lists the users with a role in a workflow, by id. The workflow must exist. */
export const listMembers = (
  { table }: Services,
  workflowId: string,
  page?: PageRequest,
): Promise<Page<WorkflowMember>> =>
  readPage(table, keys.workflowMembers(workflowId), workflowMemberCodec.read, page);

/**
 * Gives a user a role in a workflow, in place of the one before.
 *
 * @throws FlowservError 404 for an unknown workflow or a user who is not active, 400 if the workflow would lose its last
 *   owner or has too many members, 403 if the editor is no longer an owner, 429 during many other changes
 */
export async function giveRole(
  services: Services,
  editor: Actor,
  workflowId: string,
  username: string,
  role: Role,
): Promise<WorkflowMember> {
  const user = await findActiveUser(services, username);
  const member = await changeRole(services, editor, { workflowId, user, role });
  if (!member) throw new Error(`user ${user.id} has no role after a change to '${role}'`);
  return member;
}

/**
 * Takes a user's role in a workflow away. Members may remove their own.
 *
 * @throws FlowservError 404 for an unknown workflow or a user without a role, 400 for its last owner, unless the operator
 *   does it, 403 if the editor is no longer an owner
 */
export async function takeRole(
  services: Services,
  editor: Actor,
  workflowId: string,
  userId: string,
): Promise<void> {
  await changeRole(services, editor, { workflowId, user: { id: userId, name: '' }, role: null });
}

/**
 * Takes the role of a user who deleted the account away, also that of the last owner: the operator gives it to another.
 */
export async function dropRole(
  services: Services,
  workflowId: string,
  { id, role }: Pick<WorkflowMember, 'id' | 'role'>,
): Promise<void> {
  const { table } = services;
  const actor = { id, name: DELETED_USER };
  const object = { type: 'user' as const, id, name: DELETED_USER };
  const audited: Audited = { actor, action: 'member.remove', object, detail: role };
  await conditionally(
    table.transact([
      table.write.remove(keys.workflowMember(workflowId, id), exists),
      table.write.update(keys.workflow(workflowId), { add: { membersRevision: 1 } }, exists),
      auditWrite(services, workflowId, audited),
    ]),
  );
}

/**
 * Changes a role in one transaction, whose condition is that no role of the workflow changed since the members were
 * read, and that another owner did not delete the account. So each decision about them holds: who is an owner, who is the
 * last one, and how many they are.
 *
 * @returns the member as it is afterwards; undefined after a removal
 */
async function changeRole(
  services: Services,
  editor: Actor,
  { workflowId, user, role }: RoleChange,
): Promise<WorkflowMember | undefined> {
  const { table, now } = services;
  const key = keys.workflowMember(workflowId, user.id);
  const after = role === null ? undefined : { ...user, role, since: timestamp(now()) };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const workflow = await findWorkflow(services, workflowId);
    const members = (await table.list(keys.workflowMembers(workflowId))).map(workflowMemberCodec.read);
    const before = members.find(({ id }) => id === user.id);
    const isLoss = before?.role === 'owner' && after?.role !== 'owner';
    const other = isLoss ? await findOtherOwner(services, members, user.id) : undefined;
    checkChange(editor, members, user.id, after, isLoss && other === undefined);
    if (before?.role === after?.role) return before;
    const changed = await conditionally(
      table.transact([
        table.write.update(keys.workflow(workflowId), { add: { membersRevision: 1 } }, sameMembers(workflow)),
        after ? table.write.put(workflowMemberCodec.write(key, after)) : table.write.remove(key),
        auditWrite(services, workflowId, describe(editor, before, after)),
        ...(other === undefined ? [] : [table.write.check(keys.user(other), alive)]),
      ]),
    );
    if (changed) return after;
    await afterConflict(attempt);
  }
  throw tooMany('member.busy', 'the members of the workflow are being changed, please try again', 1);
}

/**
 * Checks whether an editor may change the role of a user.
 *
 * @param isLast whether the workflow would have no owner
 * @throws FlowservError 403 if the editor is neither an owner nor the user who leaves, 404 for the removal of a user
 *   without a role, 400 if there would be no owner or too many members
 */
function checkChange(
  editor: Actor,
  members: readonly WorkflowMember[],
  userId: string,
  after: WorkflowMember | undefined,
  isLast: boolean,
): void {
  const roleOf = (wanted: string) => members.find(({ id }) => id === wanted)?.role;
  const before = roleOf(userId);
  const isOperator = editor === 'operator';
  const isLeaving = !isOperator && editor.id === userId && before !== undefined && !after;
  if (!isOperator && !isLeaving && roleOf(editor.id) !== 'owner') throw notAuthorized();
  if (before === undefined && !after) throw unknownObject('member', userId);
  if (before === undefined && members.length >= MAX_WORKFLOW_MEMBERS) {
    throw invalid('member.limit', `a workflow has at most ${MAX_WORKFLOW_MEMBERS} members`);
  }
  if (!isLast || isOperator) return;
  throw invalid(
    'member.last-owner',
    'the workflow would have no owner; give another user the role first, or ask the operator',
  );
}

/** Describes a change of a role for the audit list; one of both members is given. */
function describe(
  actor: Actor,
  before: WorkflowMember | undefined,
  after: WorkflowMember | undefined,
): Audited {
  const { id = '', name = '' } = after ?? before ?? {};
  const object = { type: 'user' as const, id, name };
  if (!before) return { actor, action: 'member.add', object, detail: after?.role };
  if (!after) return { actor, action: 'member.remove', object, detail: before.role };
  return { actor, action: 'member.change', object, detail: `${before.role} to ${after.role}` };
}
