import * as z from 'zod';
import { epochSeconds } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import { pair } from './attempts.ts';

/** For so long after a login its address counts as one of the user's. */
const LIFE_MS = 90 * 86_400_000;
/** Not every login writes. */
const RENEWED_MS = 86_400_000;

const codec = itemCodec(1, z.object({ expiresAt: z.number(), ttl: z.number() }));
/** By name and not by user, so that looking takes as long for a name that there is not. */
const keyOf = (name: string, address: string) => keys.attempts('known', pair(name, address));

/** Until when an address counts as one from which a user has logged in; 0 where it does not. */
export async function knownUntil({ table, now }: Services, name: string, address: string): Promise<number> {
  const known = codec.readMaybe(await table.get(keyOf(name, address)));
  return known && known.expiresAt > now().getTime() ? known.expiresAt : 0;
}

/** Remembers that a user has logged in from an address. @param until as `knownUntil` has told */
export async function rememberAddress(
  { table, now }: Services,
  name: string,
  address: string,
  until: number,
): Promise<void> {
  const expiresAt = now().getTime() + LIFE_MS;
  if (until > expiresAt - RENEWED_MS) return;
  const item = { expiresAt, ttl: epochSeconds(new Date(expiresAt)) + 1 };
  await table.put(codec.write(keyOf(name, address), item));
}
