import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccountEvent,
  type AccountState,
  accountStates,
  firstState,
  nextState,
} from '../../shared/users/states.ts';

type Policy = Parameters<typeof nextState>[2];
const policies = fc.record<Policy>({
  signUp: fc.constantFrom('open', 'approval', 'closed'),
  passwordReset: fc.constantFrom('direct', 'mail', 'operator'),
});
const states = fc.constantFrom(...accountStates);
const events = fc.constantFrom<AccountEvent>('confirm', 'activate', 'approve', 'disable', 'enable');

describe('the state of an account', () => {
  it.each([
    ['open', 'direct', false, 'active'],
    ['open', 'direct', true, 'unconfirmed'],
    ['open', 'operator', false, 'active'],
    ['open', 'mail', false, 'unconfirmed'],
    ['approval', 'direct', false, 'waiting'],
    ['approval', 'operator', true, 'unconfirmed'],
  ] as const)(
    'with sign-up %s, resets %s and verify %s starts %s',
    (signUp, passwordReset, verify, state) => {
      expect(firstState({ signUp, passwordReset }, verify)).toBe(state);
    },
  );

  it.each([
    ['unconfirmed', 'confirm', 'open', 'active'],
    ['unconfirmed', 'confirm', 'approval', 'waiting'],
    ['unconfirmed', 'confirm', 'closed', 'waiting'],
    ['waiting', 'confirm', 'open', 'waiting'],
    ['disabled', 'confirm', 'open', undefined],
    ['unconfirmed', 'approve', 'approval', undefined],
    ['waiting', 'approve', 'approval', 'active'],
    ['unconfirmed', 'activate', 'approval', 'active'],
    ['disabled', 'activate', 'open', undefined],
    ['waiting', 'enable', 'approval', undefined],
    ['disabled', 'enable', 'approval', 'active'],
  ] as const)('changes from %s on %s with sign-up %s to %s', (state, event, signUp, next) => {
    expect(nextState(state, event, { signUp, passwordReset: 'mail' })).toBe(next);
  });

  it.each(accountStates.filter((state) => state !== 'disabled'))(
    'is %s again after the account was disabled and enabled',
    (before) => {
      expect(nextState('disabled', 'enable', { signUp: 'approval', passwordReset: 'mail' }, before)).toBe(
        before,
      );
    },
  );

  it("never becomes active by its owner's actions, unless sign-up is open", () => {
    fc.assert(
      fc.property(states, policies, (state, policy) => {
        const next = nextState(state, 'confirm', policy);
        return (
          next !== 'active' || state === 'active' || (state === 'unconfirmed' && policy.signUp === 'open')
        );
      }),
    );
  });

  it('does not change if an event is repeated', () => {
    fc.assert(
      fc.property(states, events, policies, (state, event, policy) => {
        const next: AccountState | undefined = nextState(state, event, policy);
        return next === undefined || nextState(next, event, policy) === next;
      }),
    );
  });

  it('stays disabled until the account is enabled', () => {
    fc.assert(
      fc.property(events, policies, (event, policy) => {
        const next = nextState('disabled', event, policy);
        return event === 'enable' ? next === 'active' : next === undefined || next === 'disabled';
      }),
    );
  });
});
