import * as z from 'zod';
import { MAX_LINKS, MAX_PARTS } from '../uploads/limits.ts';

/** Shapes of request bodies. Keys that are not listed are refused (flowServ HTTP API, body validation). */

/** Bound of lists of ids: far above any use, so that a body of the permitted size cannot cost more. */
const MAX_MEMBER_IDS = 1000;

const configuration = z.record(z.string(), z.unknown()).nullish();

export const registerBody = z.strictObject({
  username: z.string(),
  password: z.string(),
  /** Any value; true unless it is one that Python takes for false. */
  verify: z.unknown().optional(),
});

export const activateBody = z.strictObject({ id: z.string() });

export const loginBody = z.strictObject({ username: z.string(), password: z.string() });

export const passwordRequestBody = z.strictObject({ username: z.string() });

export const passwordResetBody = z.strictObject({ requestId: z.string(), password: z.string() });

export const createGroupBody = z.strictObject({
  name: z.string(),
  id: z.string().nullish(),
  members: z.array(z.string()).max(MAX_MEMBER_IDS).nullish(),
  parameters: z.array(z.unknown()).nullish(),
  config: configuration,
  /** Another name of `config`. */
  engine: configuration,
});

export const updateGroupBody = z.strictObject({
  name: z.string().nullish(),
  members: z.array(z.string()).max(MAX_MEMBER_IDS).nullish(),
});

export const startRunBody = z.strictObject({
  /** Read by `parseArguments` of the template language. */
  arguments: z.unknown().optional(),
  config: configuration,
});

/** Absent, empty, or with exactly a reason. */
export const cancelRunBody = z.strictObject({ reason: z.string().max(10_000).optional() });

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 has 64 hexadecimal digits');

export const startDirectBody = z.strictObject({
  name: z.string(),
  /** Bytes. */
  size: z.int().min(0),
  sha256: sha256.nullish(),
});

export const directPartsBody = z.strictObject({ numbers: z.array(z.int().min(1)).max(MAX_LINKS) });

export const completeDirectBody = z.strictObject({
  parts: z.array(z.strictObject({ number: z.int().min(1), etag: z.string().max(200) })).max(MAX_PARTS),
});
