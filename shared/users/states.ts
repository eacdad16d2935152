import type { Config } from '../config.ts';

/**
 * unconfirmed: registered, and not yet confirmed by who registered it. waiting: for the operator's approval. active:
 * the only state in which somebody logs in. disabled: kept out by the operator.
 */
export const accountStates = ['unconfirmed', 'waiting', 'active', 'disabled'] as const;
export type AccountState = (typeof accountStates)[number];

/** What the operator or the owner does to an account; `activate` is the operator's, whatever there is to confirm. */
export type AccountEvent = 'confirm' | 'activate' | 'approve' | 'disable' | 'enable';

type Policy = Pick<Config, 'signUp' | 'passwordReset'>;

/** The state of a new account. Where mail confirms accounts, all of them are to be confirmed. */
export function firstState({ signUp, passwordReset }: Policy, verify: boolean): AccountState {
  return verify || passwordReset === 'mail' ? 'unconfirmed' : admitted(signUp);
}

/**
 * The state after an event; undefined where the event is none for the account.
 *
 * @param before the state of a disabled account before it was disabled; accounts that were disabled by earlier releases
 *   do not say it, and count as having been active
 */
export function nextState(
  state: AccountState,
  event: AccountEvent,
  { signUp, passwordReset }: Policy,
  before: AccountState = 'active',
): AccountState | undefined {
  switch (event) {
    case 'confirm':
      return state === 'unconfirmed' ? admitted(signUp) : unlessDisabled(state, state);
    case 'activate':
      return unlessDisabled(state, 'active');
    case 'approve':
      // Whose mailbox it is, the operator does not know either.
      return state === 'unconfirmed' && passwordReset === 'mail'
        ? undefined
        : unlessDisabled(state, 'active');
    case 'disable':
      return 'disabled';
    case 'enable':
      // Nobody has confirmed or approved by it what was not.
      if (state === 'disabled') return before;
      return state === 'active' ? state : undefined;
  }
}

const admitted = (signUp: Policy['signUp']): AccountState => (signUp === 'open' ? 'active' : 'waiting');
const unlessDisabled = (state: AccountState, next: AccountState) => (state === 'disabled' ? undefined : next);

/** Days after which an account that is not active is gone, and its name free; others stay. */
const LIFE_DAYS: Partial<Record<AccountState, number>> = { unconfirmed: 7, waiting: 90 };

/** When an account that enters a state is gone, in epoch milliseconds; undefined for never. */
export function expiryOf(state: AccountState, now: Date): number | undefined {
  const days = LIFE_DAYS[state];
  return days === undefined ? undefined : now.getTime() + days * 86_400_000;
}
