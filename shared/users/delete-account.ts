import { FlowservError } from '../errors.ts';
import type { Role } from '../roles/names.ts';
import { readRolesOf, workflowMemberCodec } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import { wakePurge } from '../services/wake-purge.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import type { Condition } from '../store/expressions.ts';
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
  await checkLastOwner(services, user);
  const { table } = services;
  try {
    await table.transact([...(await accountWrites(services, user)), ...(await tokenWrites(services, user))]);
  } catch (error) {
    // Another request deleted, disabled or changed the account, or made a token.
    if (error instanceof ConditionFailed) throw unknownUser(user.name);
    throw error;
  }
  await wakePurge(services, { kind: 'user', id: user.id });
  return user;
}

async function checkOwnPassword(services: Services, user: User, password: string): Promise<void> {
  const hash = (await readCredential(services, user.id))?.password;
  if (hash !== undefined && (await passwordFits(password, hash))) return;
  throw new FlowservError('auth.password', 'the password is wrong');
}

/** @throws FlowservError 400 if a workflow would have no owner */
async function checkLastOwner({ table }: Services, { id }: User): Promise<void> {
  for (const { workflowId, role } of await readRolesOf({ table }, id)) {
    if (role !== OWNER) continue;
    const members = (await table.list(keys.workflowMembers(workflowId))).map(workflowMemberCodec.read);
    if (members.some((member) => member.role === OWNER && member.id !== id)) continue;
    throw new FlowservError(
      'member.last-owner',
      `you are the last owner of workflow '${workflowId}'; give another user the role first, or ask the operator`,
    );
  }
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
