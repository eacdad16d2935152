import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { absent, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';

const credentialSchema = z.object({
  userId: z.string(),
  /** Hash of the password. Absent until the user chooses one. */
  password: z.string().optional(),
  /** Hash of the secret that activates the account by mail. */
  activationHash: z.string().optional(),
  /** Hash of the id of the open password-reset request, if any. */
  resetHash: z.string().optional(),
});

/** The secrets of a user. They are stored apart from the user, which functions without passwords may read. */
export type Credential = z.infer<typeof credentialSchema>;
export const credentialCodec = itemCodec(1, credentialSchema);

/** Attributes of users that were stored before credentials had items of their own. */
const earlierSchema = credentialSchema.omit({ userId: true }).required({ password: true });
const EARLIER_NAMES = ['password', 'activationHash', 'resetHash'];

/**
 * Reads the credential of a user. A credential that is still part of the user's item is moved to its own item first.
 *
 * @returns undefined if the user does not exist
 */
export async function readCredential(services: Services, userId: string): Promise<Credential | undefined> {
  const stored = credentialCodec.readMaybe(await services.table.get(keys.credential(userId)));
  return stored ?? moveCredential(services, userId);
}

/** Moves a credential in one transaction: a crash leaves it in exactly one item, and one concurrent move succeeds. */
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
