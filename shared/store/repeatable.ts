import { createHash } from 'node:crypto';
import * as z from 'zod';
import { writeJson } from '../documents/json-document.ts';
import { toPythonValue } from '../documents/python-value.ts';
import { FlowservError, invalid } from '../errors.ts';
import { epochSeconds } from '../ids.ts';
import { itemCodec } from './codec.ts';
import { absentOrOver } from './expressions.ts';
import type { Write } from './item.ts';
import { keys } from './keys.ts';
import type { Table } from './table.ts';

/** How long a request may be repeated. */
const LIFETIME_MS = 24 * 3_600_000;

/**
 * A request that its client may repeat when it did not get the response, and that is carried out once (IETF draft "The
 * Idempotency-Key HTTP Header Field").
 */
export interface RepeatableRequest {
  /** The same for the same caller, key and target. */
  readonly id: string;
  /** Identifies the content of the request. */
  readonly digest: string;
}

const resultCodec = itemCodec(
  1,
  z.object({ objectId: z.string(), digest: z.string(), expiresAt: z.number(), ttl: z.number() }),
);

interface Context {
  readonly table: Table;
  readonly now: () => Date;
}

/**
 * @param key value of the header `Idempotency-Key`; undefined for a request that is carried out each time
 * @param scope distinguishes equal keys: the caller and the object that the request is sent to
 * @param body the content of the request
 * @throws FlowservError 400 for a key that is not plain text of 1 to 255 characters, or a body that is nested too
 *   deep
 */
export function repeatableRequest(
  key: string | undefined,
  scope: readonly string[],
  body: unknown,
): RepeatableRequest | undefined {
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw invalid('request.idempotency', 'invalid Idempotency-Key');
  const hash = (value: unknown) =>
    createHash('sha256')
      .update(writeJson(toPythonValue(value)))
      .digest('hex');
  return { id: hash([key, scope]), digest: hash(body) };
}

/**
 * Id of the object that an earlier request with the same key created, if any.
 *
 * @throws FlowservError 422 when the key came with another request
 */
export async function earlierResult(
  { table, now }: Context,
  request: RepeatableRequest | undefined,
): Promise<string | undefined> {
  if (!request) return undefined;
  const result = resultCodec.readMaybe(await table.get(keys.repeatable(request.id)));
  if (!result || result.expiresAt <= now().getTime()) return undefined;
  if (result.digest === request.digest) return result.objectId;
  throw new FlowservError('request.idempotency-reused', 'this Idempotency-Key was used for another request');
}

/**
 * The write that stores the result of a request, for the transaction that creates the object: of two equal requests
 * one fails.
 */
export function resultWrites(
  { table, now }: Context,
  request: RepeatableRequest | undefined,
  objectId: string,
): Write[] {
  if (!request) return [];
  const time = now().getTime();
  const expiresAt = time + LIFETIME_MS;
  const item = { objectId, digest: request.digest, expiresAt, ttl: epochSeconds(new Date(expiresAt)) + 1 };
  return [
    table.write.put(resultCodec.write(keys.repeatable(request.id), item), absentOrOver('expiresAt', time)),
  ];
}
