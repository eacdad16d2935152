import type { Config } from '../config.ts';

/**
 * unconfirmed: registered, but not confirmed by its owner yet. waiting: for the operator's approval. active: the only
 * state that allows a login. disabled: by the operator.
 */
export const accountStates = ['unconfirmed', 'waiting', 'active', 'disabled'] as const;
export type AccountState = (typeof accountStates)[number];

/** Actions of the operator or the owner on an account; `activate` is the operator's and skips the confirmation. */
export type AccountEvent = 'confirm' | 'activate' | 'approve' | 'disable' | 'enable';

type Policy = Pick<Config, 'signUp' | 'passwordReset'>;

/** The state of a new account. If mail confirms accounts, every account starts unconfirmed. */
export function firstState({ signUp, passwordReset }: Policy, verify: boolean): AccountState {
  return verify || passwordReset === 'mail' ? 'unconfirmed' : admitted(signUp);
}

/**
 * Returns the state after an event; undefined if the account's state does not allow the event.
 *
 * @param before the state of a disabled account before it was disabled; accounts that earlier releases disabled do not
 *   have it, and count as active before
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
      // Approval does not prove who owns the mailbox.
      return state === 'unconfirmed' && passwordReset === 'mail'
        ? undefined
        : unlessDisabled(state, 'active');
    case 'disable':
      return 'disabled';
    case 'enable':
      // Enabling neither confirms nor approves an account.
      if (state === 'disabled') return before;
      return state === 'active' ? state : undefined;
  }
}

const admitted = (signUp: Policy['signUp']): AccountState => (signUp === 'open' ? 'active' : 'waiting');
const unlessDisabled = (state: AccountState, next: AccountState) => (state === 'disabled' ? undefined : next);

/** Days after which an inactive account is deleted and its name is free; other accounts stay. */
const LIFE_DAYS: Partial<Record<AccountState, number>> = { unconfirmed: 7, waiting: 90 };

/** When an account that enters a state expires, in epoch milliseconds; undefined for never. */
export function expiryOf(state: AccountState, now: Date): number | undefined {
  const days = LIFE_DAYS[state];
  return days === undefined ? undefined : now.getTime() + days * 86_400_000;
}
