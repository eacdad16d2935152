import { FlowservError, invalid, notAuthorized, unknownObject } from '../errors.ts';
import { timestamp } from '../ids.ts';
import { type Actor, type Audited, auditWrite } from '../roles/audit.ts';
import type { Role } from '../roles/names.ts';
import { readRole, type WorkflowMember, workflowMemberCodec } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { absent, alive, type Condition } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import { findActiveUser } from '../users/user.ts';
import { findWorkflow } from '../workflows/workflow.ts';

/** Maximum number of users with a role in one workflow. */
export const MAX_WORKFLOW_MEMBERS = 100;

/** Changes of the same members at the same time are rare; more conflicts than this in a row have another cause. */
const ATTEMPTS = 5;

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
 *   owner or has too many members, 403 if the editor is no longer an owner
 */
export async function giveRole(
  services: Services,
  editor: Actor,
  workflowId: string,
  username: string,
  role: Role,
): Promise<WorkflowMember> {
  await findWorkflow(services, workflowId);
  const user = await findActiveUser(services, username);
  const member = await changeRole(services, editor, { workflowId, user, role });
  if (!member) throw new Error(`user ${user.id} has no role after a change to '${role}'`);
  return member;
}

/**
 * Takes a user's role in a workflow away.
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
  await findWorkflow(services, workflowId);
  await changeRole(services, editor, { workflowId, user: { id: userId, name: '' }, role: null });
}

/**
 * Changes a role in one transaction, which checks that the workflow exists, that the role is the one that was read, and
 * that the editor is an owner. Owners who remove themselves also check that another one remains: of two who do so at
 * the same time, one fails.
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
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const members = (await table.list(keys.workflowMembers(workflowId))).map(workflowMemberCodec.read);
    const before = members.find(({ id }) => id === user.id);
    if (!before && role === null) throw unknownObject('member', user.id);
    if (before && before.role === role) return before;
    if (!before && members.length >= MAX_WORKFLOW_MEMBERS) {
      throw invalid('member.limit', `a workflow has at most ${MAX_WORKFLOW_MEMBERS} members`);
    }
    const same: Condition = before ? inRole(before.role) : absent;
    const after = role === null ? undefined : { ...user, role, since: timestamp(now()) };
    try {
      await table.transact([
        table.write.check(keys.workflow(workflowId), alive),
        after ? table.write.put(workflowMemberCodec.write(key, after), same) : table.write.remove(key, same),
        ...ownerChecks(services, editor, { workflowId, user }, members),
        auditWrite(services, workflowId, describe(editor, before, after)),
      ]);
      return after;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      await findWorkflow(services, workflowId);
      if (editor !== 'operator' && (await readRole(services, workflowId, editor.id)) !== 'owner')
        throw notAuthorized();
    }
  }
  throw new Error(`members of workflow ${workflowId} changed during each of ${ATTEMPTS} attempts`);
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

const inRole = (role: Role): Condition => ({ expression: '#role = :role', values: { role } });

/**
 * The checks that the editor is an owner, and that one remains. The change itself checks the changed member, which
 * includes editors who change themselves: they may have lost the role since the request was authorised.
 *
 * @throws FlowservError 403 if the editor is not an owner, 400 if none would remain
 */
function ownerChecks(
  { table }: Services,
  editor: Actor,
  { workflowId, user }: Pick<RoleChange, 'workflowId' | 'user'>,
  members: readonly WorkflowMember[],
): Write[] {
  if (editor === 'operator') return [];
  const isOwner = (id: string) => [table.write.check(keys.workflowMember(workflowId, id), inRole('owner'))];
  if (editor.id !== user.id) return isOwner(editor.id);
  if (!members.some(({ id, role: held }) => held === 'owner' && id === editor.id)) throw notAuthorized();
  const other = members.find(({ id, role: held }) => held === 'owner' && id !== user.id);
  if (!other) throw lastOwner();
  return isOwner(other.id);
}

const lastOwner = () =>
  new FlowservError(
    'member.last-owner',
    'the workflow would have no owner; give another user the role first, or ask the operator',
  );
