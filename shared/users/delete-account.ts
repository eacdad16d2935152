import { FlowservError, tooMany } from '../errors.ts';
import type { Role } from '../roles/names.ts';
import {
  findOtherOwner,
  membersRevisionCodec,
  readRolesOf,
  sameMembers,
  workflowMemberCodec,
} from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import { wakePurge } from '../services/wake-purge.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { afterConflict } from '../store/conflict.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { alive, type Condition } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { ownReservation } from '../store/name-keys.ts';
import { limited } from './attempts.ts';
import { readCredential } from './credential.ts';
import { passwordFits } from './password.ts';
import type { Caller } from './sessions.ts';
import { checkPassword, DELETED_USER, expiryNames, findUser, type User, unknownUser } from './user.ts';

/**
 * The purge begins at once and ends after this time: until then, a request that began before may still add the user to a
 * group. A request has 30 seconds.
 */
const PURGE_MINUTES = 1;

/** Concurrent changes of the members of a workflow are rare. */
const ATTEMPTS = 10;

/** Each takes up to two of the 100 actions of the transaction (DynamoDB, TransactWriteItems), and the tokens take 40. */
const MAX_OWNED = 25;

const OWNER = 'owner' satisfies Role;

/**
 * Deletes the account of the caller. One transaction ends all sessions and API tokens, removes the password, takes the
 * account off the lists and replaces its name; a purge then removes it from groups and roles. The name stays reserved as
 * a hash, so that no other user can take it later.
 *
 * @param password of the account, which is checked again
 * @param address network address of the client
 * @throws FlowservError 403 for a wrong password, 429 after too many of them, 400 for the last owner of a workflow
 */
export async function deleteAccount(
  services: Services,
  caller: NonNullable<Caller>,
  password: string,
  address: string,
): Promise<User> {
  const plain = checkPassword(password);
  const user = await findUser(services, caller.id);
  const subjects = { name: user.name, address, isKnown: true };
  await limited(services, 'login', subjects, () => checkOwnPassword(services, user, plain));
  await disable(services, user);
  await wakePurge(services, { kind: 'user', id: user.id });
  return user;
}

async function checkOwnPassword(services: Services, user: User, password: string): Promise<void> {
  const hash = (await readCredential(services, user.id))?.password;
  if (hash !== undefined && (await passwordFits(password, hash))) return;
  throw new FlowservError('auth.password', 'the password is wrong');
}

/** Makes the transaction, again if the members of a workflow that the user owns changed meanwhile. */
async function disable(services: Services, user: User): Promise<void> {
  const { table } = services;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const checks = await ownerChecks(services, user);
    const writes = [...(await accountWrites(services, user)), ...(await tokenWrites(services, user))];
    try {
      return await table.transact([...checks, ...writes]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      // Another request deleted, disabled or changed the account, or made a token.
      if (error.actions.some((position) => position >= checks.length)) throw unknownUser(user.name);
    }
    await afterConflict(attempt);
  }
  throw tooMany('member.busy', 'the members of your workflows are being changed, please try again', 1);
}

/**
 * Checks that each workflow that the user owns has another owner.
 *
 * @returns the conditions that it is still so
 * @throws FlowservError 400 if a workflow would have no owner
 */
async function ownerChecks({ table }: Services, { id }: User): Promise<Write[]> {
  const checks: Write[] = [];
  const others = new Set<string>();
  for (const { workflowId, role } of await readRolesOf({ table }, id)) {
    if (role !== OWNER) continue;
    const key = keys.workflow(workflowId);
    const workflow = membersRevisionCodec.readMaybe(await table.get(key));
    if (!workflow) continue;
    const members = (await table.list(keys.workflowMembers(workflowId))).map(workflowMemberCodec.read);
    const other = await findOtherOwner({ table }, members, id);
    if (other === undefined) {
      throw new FlowservError(
        'member.last-owner',
        `you are the last owner of workflow '${workflowId}'; give another user the role first, or ask the operator`,
      );
    }
    checks.push(table.write.check(key, sameMembers(workflow)));
    others.add(other);
  }
  if (checks.length > MAX_OWNED) {
    throw new FlowservError(
      'member.last-owner',
      `you own more than ${MAX_OWNED} workflows; leave some first`,
    );
  }
  return [...checks, ...[...others].map((other) => table.write.check(keys.user(other), alive))];
}

async function accountWrites({ table, now }: Services, user: User): Promise<Write[]> {
  const { write } = table;
  const { id, name, tokenEpoch } = user;
  const same: Condition = {
    expression: '#active = :active AND #tokenEpoch = :tokenEpoch',
    values: { active: true, tokenEpoch },
  };
  const own: Condition = { expression: '#userId = :id', values: { id } };
  const reservation = await ownReservation(table, keys.userName, name, (item) => item.userId === id);
  const end = minutesLater(now(), PURGE_MINUTES);
  const mark = { deleting: true, purgeAfter: end.toISOString(), ...dueAttributes(id, end) };
  const set = { name: DELETED_USER, state: 'disabled', active: false, tokenEpoch: tokenEpoch + 1, ...mark };
  return [
    write.update(keys.user(id), { set, remove: ['stateBefore', ...expiryNames] }, same),
    write.remove(keys.credential(id)),
    write.update(reservation, { set: { deleted: true } }, own),
    write.remove(keys.userEntry(name, id)),
  ];
}

/** The API tokens, which the transaction removes with their entries. */
async function tokenWrites({ table }: Services, { id }: User): Promise<Write[]> {
  const slots = await table.list(keys.tokenSlots(id));
  return slots.flatMap(({ pk, sk, token }) => [
    table.write.remove({ pk, sk }),
    table.write.remove(keys.tokenAt(String(token))),
  ]);
}
