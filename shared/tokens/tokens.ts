import * as z from 'zod';
import { FlowservError, invalid, unknownObject } from '../errors.ts';
import { epochSeconds, newId, timestamp } from '../ids.ts';
import { type Audited, auditWrite } from '../roles/audit.ts';
import { readRole } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { absent, absentOrOver, hasId } from '../store/expressions.ts';
import type { Item, Write } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { apiTokenCodec, newApiToken, tokenUseCodec } from '../users/api-token.ts';
import { withinDay } from '../users/attempts.ts';
import type { Caller } from '../users/sessions.ts';
import { type TokenAccess, tokenAccess } from '../users/token-access.ts';
import { checkVisible, findUser, unknownUser } from '../users/user.ts';
import { findWorkflow } from '../workflows/workflow.ts';

/** Maximum number of tokens of a user that have not expired. */
export const MAX_TOKENS = 20;
/** Maximum number of tokens that a user creates within 24 hours, revoked ones included: the audit list has each of them. */
export const MAX_TOKENS_A_DAY = 100;
/** Maximum number of characters of a token's name. */
const MAX_NAME = 100;
/** Maximum lifetime of a token. */
const MAX_TOKEN_DAYS = 366;
const DAY_MS = 86_400_000;
/** Clients add the lifetime to the time of their own clock, which may be ahead. */
const CLOCK_SKEW_MS = 3_600_000;
/** Expired tokens stay on the list for this time, so that their users see why they no longer work. */
const LISTED_DAYS = 30;

const entrySchema = z.object({
  userId: z.string(),
  id: z.string(),
  name: z.string(),
  access: z.enum(tokenAccess),
  workflowId: z.string().optional(),
  createdAt: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
  /** Partition key of the token itself, which contains its hash. */
  token: z.string(),
  tokenEpoch: z.number(),
  ttl: z.number(),
});
const entryCodec = itemCodec(1, entrySchema);
type Entry = z.infer<typeof entrySchema>;

/** A token in the list of its user. */
export interface ListedToken extends Omit<Entry, 'userId' | 'token' | 'tokenEpoch' | 'ttl'> {
  /** The last day of its use, as in 2026-12-31; undefined if it was never used. */
  readonly lastUsedOn: string | undefined;
  /** Whether it can be used: it has not expired, and the user has not reset the password since. */
  readonly active: boolean;
}

export interface NewToken {
  readonly name: string;
  readonly access: TokenAccess;
  readonly workflowId?: string | undefined;
  readonly expiresAt: Date;
}

type User = NonNullable<Caller>;

/** A token as it was created: its text, and what the list of tokens shows of it. */
interface CreatedToken {
  readonly token: string;
  readonly listed: ListedToken;
}

/**
 * Creates an API token of a user, which is stored only as a hash.
 *
 * @throws FlowservError 404 for an unknown workflow, or under the `open` policy; 400 for an invalid name or expiry, or
 *   too many tokens; 429 after too many tokens in a day
 */
export async function createToken(services: Services, caller: User, input: NewToken): Promise<CreatedToken> {
  const { workflowId, expiresAt } = input;
  const name = checkName(input.name);
  checkExpiry(expiresAt, services.now());
  if (workflowId !== undefined) await findWorkflow(services, workflowId);
  return withinDay(services, 'token', caller.id, MAX_TOKENS_A_DAY, () =>
    storeToken(services, caller, { ...input, name }),
  );
}

/**
 * Stores a token. Each entry of the list takes one of a fixed number of slots, so that concurrent requests cannot exceed
 * the limit. The token has the epoch of the session by which it is created: if that session ends during the request, by
 * a password reset or because the account is disabled, the token has ended as well.
 */
async function storeToken(services: Services, caller: User, input: NewToken): Promise<CreatedToken> {
  const { table, now } = services;
  const { name, access, workflowId, expiresAt } = input;
  const { id: userId, tokenEpoch } = caller;
  if (tokenEpoch === undefined) throw unknownUser(userId);
  const token = newApiToken();
  const key = keys.token(token);
  const id = newId();
  const expiry = { expiresAt: expiresAt.getTime(), ttl: epochSeconds(expiresAt) + 1 };
  const scope = { tokenId: id, tokenName: name, access, workflowId };
  const shown = { id, name, access, workflowId, createdAt: timestamp(now()), expiresAt: expiry.expiresAt };
  const entry = {
    ...shown,
    userId,
    token: key.pk,
    tokenEpoch,
    ttl: expiry.ttl + (LISTED_DAYS * DAY_MS) / 1000,
  };
  const audit = await auditOf(services, caller, shown, 'token.create');
  const notListed = absentOrOver('expiresAt', now().getTime());
  for (const slot of await freeSlots(services, userId)) {
    const made = await conditionally(
      table.transact([
        table.write.put(entryCodec.write(slot, entry), notListed),
        table.write.put(apiTokenCodec.write(key, { userId, tokenEpoch, ...expiry, scope }), absent),
        ...audit,
      ]),
    );
    if (made) return { token, listed: { ...shown, lastUsedOn: undefined, active: true } };
  }
  throw invalid('token.limit', `you have ${MAX_TOKENS} tokens, which is the limit; revoke one of them first`);
}

/** Lists the tokens of a user by the time of their creation. */
export async function listTokens(services: Services, { id: userId }: User): Promise<ListedToken[]> {
  const { table, now } = services;
  const [items, uses, user] = await Promise.all([
    table.list(keys.tokenSlots(userId)),
    table.list(keys.tokenUses(userId)),
    findUser(services, userId),
  ]);
  const days = new Map(uses.map((item) => [item.sk, tokenUseCodec.read(item).day]));
  return items
    .map(entryCodec.read)
    .map(({ userId: _userId, token: _token, tokenEpoch, ttl: _ttl, ...entry }) => ({
      ...entry,
      lastUsedOn: days.get(entry.id),
      active: entry.expiresAt > now().getTime() && tokenEpoch === user.tokenEpoch,
    }))
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** Revokes a token of a user: it is rejected from now on. @throws FlowservError 404 */
export async function revokeToken(services: Services, caller: User, tokenId: string): Promise<void> {
  const { table } = services;
  const items = await table.list(keys.tokenSlots(caller.id));
  const slot = items.find((item) => entryCodec.read(item).id === tokenId);
  if (!slot) throw unknownToken(tokenId);
  const entry = entryCodec.read(slot);
  const revoked = await conditionally(
    table.transact([
      table.write.remove({ pk: slot.pk, sk: slot.sk }, hasId(tokenId)),
      table.write.remove(keys.tokenAt(entry.token)),
      table.write.remove(keys.tokenUse(caller.id, tokenId)),
      ...(await auditOf(services, caller, entry, 'token.revoke')),
    ]),
  );
  if (!revoked) throw unknownToken(tokenId);
}

const unknownToken = (tokenId: string) => unknownObject('token', tokenId);

/** The slots of a user that have no token, or one that expired. */
async function freeSlots({ table, now }: Services, userId: string): Promise<Key[]> {
  const items = await table.list(keys.tokenSlots(userId));
  const isTaken = (item: Item) => entryCodec.read(item).expiresAt > now().getTime();
  const taken = new Set(items.filter(isTaken).map(({ sk }) => sk));
  return Array.from({ length: MAX_TOKENS }, (_, number) => keys.tokenSlot(userId, number)).filter(
    ({ sk }) => !taken.has(sk),
  );
}

/** The entry in the audit list of the token's workflow, if its user has a role there. */
async function auditOf(
  services: Services,
  { id: userId, name: userName }: User,
  { id, name, access, workflowId }: Pick<Entry, 'id' | 'name' | 'access' | 'workflowId'>,
  action: Audited['action'],
): Promise<Write[]> {
  if (workflowId === undefined || (await readRole(services, workflowId, userId)) === undefined) return [];
  const actor = { id: userId, name: userName };
  return [
    auditWrite(services, workflowId, { actor, action, object: { type: 'token', id, name }, detail: access }),
  ];
}

function checkName(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > MAX_NAME) {
    throw invalid('token.name', `the name of a token has 1 to ${MAX_NAME} characters`);
  }
  checkVisible(name, 'token.name');
  return name;
}

function checkExpiry(expiresAt: Date, now: Date): void {
  const left = expiresAt.getTime() - now.getTime();
  if (left > 0 && left <= MAX_TOKEN_DAYS * DAY_MS + CLOCK_SKEW_MS) return;
  throw new FlowservError('token.expiry', `a token expires within ${MAX_TOKEN_DAYS} days, in the future`);
}
