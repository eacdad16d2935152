import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { type Codec, itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import { type AccountState, accountStates } from './states.ts';
import { expiryAttributes, isOver, type User, userEntryCodec } from './user.ts';

const inactiveSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(accountStates),
  expiresAt: z.number().optional(),
});
type InactiveUser = z.infer<typeof inactiveSchema>;
const stored = itemCodec(1, inactiveSchema);

/** Entry of an inactive account. It expires with its user. */
export const inactiveUserCodec: Codec<InactiveUser> = {
  ...stored,
  write: (key, { id, name, state, expiresAt }) =>
    stored.write(key, { id, name, state, ...expiryAttributes(expiresAt) }),
};

export type Account = Pick<User, 'id' | 'name' | 'state'>;

/**
 * Lists all accounts with their states, by name, for the operator. Inactive accounts that registered before states were
 * introduced are omitted until their state changes.
 *
 * @param state only accounts in that state
 */
export async function listAccounts({ table, now }: Services, state?: AccountState): Promise<Account[]> {
  const inactive = state === 'active' ? [] : await table.list(keys.inactiveUsers());
  const others = inactive.map(inactiveUserCodec.read).filter((account) => !isOver(account, now()));
  const wanted = state === undefined || state === 'active';
  const active = wanted ? await table.list(keys.userEntryPrefix('')) : [];
  const listed = active.map((item) => ({ ...userEntryCodec.read(item), state: 'active' as const }));
  return [...listed, ...others.filter((account) => state === undefined || account.state === state)]
    .map(({ id, name, state: own }) => ({ id, name, state: own }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
