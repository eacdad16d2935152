import * as z from 'zod';
import { epochSeconds } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import { pair } from './attempts.ts';

/** How long an address is known after a user's login from it. */
const LIFE_MS = 90 * 86_400_000;
/** A stored address is renewed at most once in this time, because a write at each login is not necessary. */
const RENEWED_MS = 86_400_000;

const codec = itemCodec(1, z.object({ expiresAt: z.number(), ttl: z.number() }));
/** The key contains the name, not the user's id, so that the lookup takes equally long for an unknown name. */
const keyOf = (name: string, address: string) => keys.attempts('known', pair(name, address));

/** Returns the time until which an address is known from an earlier login of the user; 0 if it is not known. */
export async function knownUntil({ table, now }: Services, name: string, address: string): Promise<number> {
  const known = codec.readMaybe(await table.get(keyOf(name, address)));
  return known && known.expiresAt > now().getTime() ? known.expiresAt : 0;
}

/** Stores the address of a login. @param until the value of `knownUntil` */
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
