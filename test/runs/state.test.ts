import { describe, expect, it } from 'vitest';
import { isActive, runStates, transition } from '../../shared/runs/state.ts';

const created = '2026-01-01T00:00:00.000000+00:00';
const later = '2026-01-01T00:00:05.000000+00:00';
const pending = { state: 'PENDING', createdAt: created } as const;
const running = { state: 'RUNNING', createdAt: created, startedAt: created } as const;
const ended = (state: 'SUCCESS' | 'ERROR' | 'CANCELED') => ({
  state,
  createdAt: created,
  startedAt: created,
  finishedAt: created,
});

describe('transition', () => {
  it('J22: rejects transitions to an earlier state, and from a final state', () => {
    expect(() => transition(running, 'PENDING', later)).toThrow(
      'cannot change run in state RUNNING to state PENDING',
    );
    expect(() => transition(ended('CANCELED'), 'ERROR', later)).toThrow(
      'cannot change run in state CANCELED',
    );
    expect(() => transition(ended('CANCELED'), 'SUCCESS', later)).toThrow('to state SUCCESS');
  });

  it('J23: changes nothing when the state is the same already', () => {
    for (const state of runStates) {
      const status = isActive(state) ? { ...pending, state } : { ...pending, state };
      expect(transition(status, state, later)).toBeNull();
    }
  });

  it('J24: keeps the messages of an error in order', () => {
    const status = transition(pending, 'ERROR', later, ['one', 'two', 'three']);
    expect(status).toEqual({
      ...ended('ERROR'),
      startedAt: later,
      finishedAt: later,
      messages: ['one', 'two', 'three'],
    });
  });

  it('J26: adds a default message for a cancel and none for an error', () => {
    expect(transition(running, 'CANCELED', later)?.messages).toEqual(['canceled at user request']);
    expect(transition(running, 'ERROR', later)?.messages).toEqual([]);
  });

  it('J18: does not let a late success replace a cancel', () => {
    const canceled = transition(running, 'CANCELED', later, ['enough']);
    expect(canceled?.messages).toEqual(['enough']);
    expect(() => canceled && transition(canceled, 'SUCCESS', later)).toThrow('cannot change run');
  });

  it('sets the start of a run that succeeds straight from PENDING to its creation', () => {
    expect(transition(pending, 'SUCCESS', later)).toEqual({ ...ended('SUCCESS'), finishedAt: later });
  });
});
