import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { absent, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';

const credentialSchema = z.object({
  userId: z.string(),
  /** Hash of the password. Absent until the user has chosen one. */
  password: z.string().optional(),
  /** Hash of the secret that activates the account by mail. */
  activationHash: z.string().optional(),
  /** Hash of the one password-reset request that is open. */
  resetHash: z.string().optional(),
});

/** What proves who a user is. It stands apart from the user, whom functions without passwords may read. */
export type Credential = z.infer<typeof credentialSchema>;
export const credentialCodec = itemCodec(1, credentialSchema);

/** Attributes of users that were stored before credentials stood apart. */
const earlierSchema = credentialSchema.omit({ userId: true }).required({ password: true });
const EARLIER_NAMES = ['password', 'activationHash', 'resetHash'];

/**
 * The credential of a user. One that is still part of the user's own item moves to its place first.
 *
 * @returns undefined when there is no such user
 */
export async function readCredential(services: Services, userId: string): Promise<Credential | undefined> {
  const stored = credentialCodec.readMaybe(await services.table.get(keys.credential(userId)));
  return stored ?? moveCredential(services, userId);
}

/** One transaction: a crash leaves the credential in one of both places. Of several movers one succeeds. */
async function moveCredential({ table }: Services, userId: string): Promise<Credential | undefined> {
  const earlier = earlierSchema.safeParse(await table.get(keys.user(userId))).data;
  if (!earlier) return undefined;
  const credential = { userId, ...earlier };
  const same: Condition = { expression: '#password = :password', values: { password: earlier.password } };
  const moved = await conditionally(
    table.transact([
      table.write.put(credentialCodec.write(keys.credential(userId), credential), absent),
      table.write.update(keys.user(userId), { remove: EARLIER_NAMES }, same),
    ]),
  );
  return moved ? credential : credentialCodec.readMaybe(await table.get(keys.credential(userId)));
}
