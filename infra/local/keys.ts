import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Credentials } from '@flowserv/local-aws';
import * as z from 'zod';
import { keptFile, writeKept } from './kept-file.ts';
import { functionNames } from './names.ts';

/** Everyone who signs requests to the local services: each function, and the operator. */
const principals = ['operator', ...functionNames] as const;
export type Principal = (typeof principals)[number];

const pair = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });

/** Key pairs of all signers, created once per data folder. */
export function readKeys(dataDir: string): Record<Principal, Credentials> {
  const path = join(dataDir, 'keys.json');
  const stored = keptFile(path, z.partialRecord(z.enum(principals), pair), () => ({}));
  const complete = z.record(z.enum(principals), pair).parse({ ...makeAll(), ...stored });
  if (Object.keys(stored).length < principals.length) writeKept(path, complete);
  return complete;
}

const makeAll = () => Object.fromEntries(principals.map((principal) => [principal, newPair()]));

function newPair(): Credentials {
  // AWS access key ids have 20 characters.
  const accessKeyId = `LOCAL${randomBytes(10).toString('hex').toUpperCase().slice(0, 15)}`;
  return { accessKeyId, secretAccessKey: randomBytes(30).toString('base64url') };
}
