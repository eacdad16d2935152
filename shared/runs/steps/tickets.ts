import { createHash, timingSafeEqual } from 'node:crypto';
import { newSecret } from '../../ids.ts';

/** What a ticket claims to be for; true only if its secret matches the step's record. */
export interface TicketClaim {
  readonly runId: string;
  readonly step: number;
  readonly attempt: number;
}

/** A new ticket for one attempt of one step: its claim in clear text and 256 random bits. */
export function newTicket({ runId, step, attempt }: TicketClaim): string {
  return `${runId}.${step}.${attempt}.${newSecret()}`;
}

/** The stored form of a ticket. */
export const ticketHash = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');

/** The claim of a well-formed ticket, or undefined. */
export function claimOf(ticket: string): TicketClaim | undefined {
  const match = /^([0-9a-f]{32})\.(\d{1,4})\.(\d{1,2})\.[A-Za-z0-9_-]{43}$/.exec(ticket);
  if (!match) return undefined;
  return { runId: match[1] ?? '', step: Number(match[2]), attempt: Number(match[3]) };
}

/** Whether a ticket matches the stored hash, compared in constant time. */
export function ticketFits(ticket: string, storedHash: string): boolean {
  const given = Buffer.from(ticketHash(ticket));
  const stored = Buffer.from(storedHash);
  return given.length === stored.length && timingSafeEqual(given, stored);
}
