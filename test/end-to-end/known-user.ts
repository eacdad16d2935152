import { epochSeconds, newId, newSecret, timestamp } from '../../shared/ids.ts';
import type { Services } from '../../shared/services/services.ts';
import { absent } from '../../shared/store/expressions.ts';
import { keys } from '../../shared/store/keys.ts';
import { nameKey } from '../../shared/store/name-keys.ts';
import { credentialCodec } from '../../shared/users/credential.ts';
import { hashPassword } from '../../shared/users/password.ts';
import { userCodec, userEntryCodec, userPointerCodec } from '../../shared/users/user.ts';

const passwordOf = (username: string) => `password of ${username}`;

/** Cache of hashes: one takes half a second of CPU time, and most stacks of a worker have a user alice. */
const hashes = new Map<string, Promise<string>>();

function hashFor(username: string): Promise<string> {
  const hash = hashes.get(username) ?? hashPassword(passwordOf(username));
  hashes.set(username, hash);
  return hash;
}

/**
 * Stores an active user with a session, as registration and login do, and hashes the password once per worker. The
 * requests themselves are tested by `test/api-http/users.test.ts`.
 */
export async function storeUser(
  { table, config, now }: Services,
  name: string,
): Promise<{ id: string; token: string }> {
  const { write } = table;
  const id = newId();
  const token = newSecret();
  const password = await hashFor(name);
  const user = { id, name, state: 'active' as const, createdAt: timestamp(now()), tokenEpoch: 0 };
  const expiresAt = now().getTime() + config.tokenTtlSeconds * 1000;
  const session = { userId: id, tokenEpoch: 0, expiresAt, ttl: epochSeconds(new Date(expiresAt)) };
  await table.transact([
    write.put(userPointerCodec.write(nameKey(keys.userName, name), { userId: id }), absent),
    write.put(userCodec.write(keys.user(id), user), absent),
    write.put(credentialCodec.write(keys.credential(id), { userId: id, password }), absent),
    write.put(userEntryCodec.write(keys.userEntry(name, id), { id, name })),
    write.put({ v: 1, ...keys.token(token), ...session }),
  ]);
  return { id, token };
}
