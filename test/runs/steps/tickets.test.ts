import { describe, expect, it } from 'vitest';
import { claimOf, newTicket, ticketFits, ticketHash } from '../../../shared/runs/steps/tickets.ts';

const claim = { runId: '0123456789abcdef0123456789abcdef', step: 3, attempt: 2 };

describe('tickets', () => {
  it('contain the claim that they are for', () => {
    expect(claimOf(newTicket(claim))).toEqual(claim);
  });

  it('match only their own hash', () => {
    const ticket = newTicket(claim);
    expect(ticketFits(ticket, ticketHash(ticket))).toBe(true);
    expect(ticketFits(newTicket(claim), ticketHash(ticket))).toBe(false);
    expect(ticketFits(ticket, '')).toBe(false);
  });

  it('are rejected when malformed', () => {
    for (const text of ['', 'x', newTicket(claim).slice(1), `${newTicket(claim)}=`, '../../etc/passwd']) {
      expect(claimOf(text)).toBeUndefined();
    }
  });
});
