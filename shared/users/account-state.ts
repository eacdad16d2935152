import { invalid } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { all, type Change, type Condition, exists } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { ownReservation } from '../store/name-keys.ts';
import { inactiveUserCodec } from './account-list.ts';
import { readCredential } from './credential.ts';
import { type AccountEvent, type AccountState, expiryOf, nextState } from './states.ts';
import { expiryAttributes, expiryNames, findUser, type User, unknownUser, userEntryCodec } from './user.ts';

/** Concurrent changes of one account are rare; more conflicts than this in a row have another cause. */
const ATTEMPTS = 5;

/** A change of a credential in the same transaction as its account's state. */
interface CredentialChange {
  readonly change: Change;
  readonly condition: Condition;
}

/**
 * Applies an event to an account. One transaction changes its state, the expiry of its name and of its credential, and
 * the lists, so that a name is never free while a user can log in with it. Repeating an event changes nothing.
 *
 * @returns undefined if the credential does not meet the condition of its change
 * @throws FlowservError 404 for an unknown user, 400 if the account's state does not allow the event
 */
export async function changeAccount(
  services: Services,
  userId: string,
  event: AccountEvent,
  credential?: CredentialChange,
): Promise<User | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const user = await findUser(services, userId);
    const state = nextState(user.state, event, services.config, user.stateBefore);
    if (state === undefined) throw stateError(user, event);
    if (state === user.state) return user;
    const known = await readCredential(services, userId);
    if (!known) throw new Error(`user ${userId} has no credential`);
    const stateBefore = state === 'disabled' ? user.state : undefined;
    const next = { ...user, state, stateBefore, expiresAt: expiryOf(state, services.now()) };
    const reservation = await ownReservation(
      services.table,
      keys.userName,
      user.name,
      (item) => item.userId === userId,
    );
    const writes = writesOf(services, reservation, user, next, credential);
    if (await conditionally(services.table.transact(writes))) return next;
    if (credential && (await hasChanged(services, user))) continue;
    if (credential) return undefined;
  }
  throw new Error(`account ${userId} changed during each of ${ATTEMPTS} attempts`);
}

async function hasChanged(services: Services, { id, state }: User): Promise<boolean> {
  return (await findUser(services, id)).state !== state;
}

function writesOf(
  { table: { write } }: Services,
  reservation: Key,
  was: User,
  user: User,
  credential?: CredentialChange,
): Write[] {
  const { id, state, stateBefore, expiresAt } = user;
  const expiry: Change =
    expiresAt === undefined ? { remove: expiryNames } : { set: expiryAttributes(expiresAt) };
  const before = stateBefore === undefined ? {} : { stateBefore };
  const own: Condition = { expression: '#userId = :userId', values: { userId: id } };
  const { change = {}, condition = exists } = credential ?? {};
  return [
    write.update(
      keys.user(id),
      {
        set: { ...expiry.set, ...before, state, active: state === 'active' },
        remove: [...(expiry.remove ?? []), ...(stateBefore === undefined ? ['stateBefore'] : [])],
        ...(state === 'disabled' ? { add: { tokenEpoch: 1 } } : {}),
      },
      inState(was),
    ),
    write.update(reservation, expiry, own),
    write.update(
      keys.credential(id),
      {
        set: { ...expiry.set, ...change.set },
        remove: [
          ...(expiry.remove ?? []),
          ...(change.remove ?? []),
          ...(state === 'disabled' ? ['resetHash'] : []),
        ],
      },
      all(exists, condition),
    ),
    ...listWrites(write, user),
  ];
}

/** Returns the writes that put an account on the list of its state, and remove it from the other list. */
export function listWrites(write: Services['table']['write'], user: User): Write[] {
  const { id, name, state } = user;
  const listed = keys.userEntry(name, id);
  const inactive = keys.inactiveUser(name, id);
  return state === 'active'
    ? [write.put(userEntryCodec.write(listed, { id, name })), write.remove(inactive)]
    : [write.put(inactiveUserCodec.write(inactive, user)), write.remove(listed)];
}

/** Accounts of earlier versions in one of these two states have no attribute `state`. */
const inState = ({ state, stateBefore }: User): Condition => {
  if (stateBefore !== undefined) {
    return {
      expression: '#state = :was AND #stateBefore = :before',
      values: { was: state, before: stateBefore },
    };
  }
  if (state !== 'active' && state !== 'unconfirmed') {
    return { expression: '#state = :was AND attribute_not_exists(#stateBefore)', values: { was: state } };
  }
  return {
    expression: '#state = :was OR (attribute_not_exists(#state) AND #active = :active)',
    values: { was: state, active: state === 'active' },
  };
};

function stateError({ name, state }: User, event: AccountEvent) {
  if (event === 'confirm') return unknownUser(name);
  const hints: Record<AccountState, string> = {
    unconfirmed: "is not confirmed; use 'flowserv users activate' to admit it anyway",
    waiting: "waits for approval; use 'flowserv users approve'",
    active: 'is active',
    disabled: "is disabled; use 'flowserv users enable'",
  };
  return invalid('user.state', `account '${name}' ${hints[state]}`);
}
