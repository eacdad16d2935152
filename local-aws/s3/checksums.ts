import { createHash } from 'node:crypto';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import * as z from 'zod';
import { type CrcKind, combineCrc, crcKinds } from './combine-crc.ts';
import { badDigest, invalidRequest, notImplemented } from './s3-error.ts';

/** The supported algorithms of S3's `x-amz-checksum-*` headers. */
export const checksumAlgorithm = z.enum(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256', 'SHA512', 'MD5']);
export type ChecksumAlgorithm = z.infer<typeof checksumAlgorithm>;

/** Of the whole object, or of the checksums of its parts (S3 User Guide, "Checking object integrity"). */
export const checksumType = z.enum(['FULL_OBJECT', 'COMPOSITE']);
export type ChecksumType = z.infer<typeof checksumType>;

/** A checksum as stored and returned: base64, and for a composite checksum also `-` and the number of parts. */
export const storedChecksum = z.object({
  algorithm: checksumAlgorithm,
  value: z.string(),
  type: checksumType,
});
export type StoredChecksum = z.infer<typeof storedChecksum>;

/** A digest in progress. */
interface RunningDigest {
  update(chunk: Uint8Array): void;
  digest(): Uint8Array | Promise<Uint8Array>;
}

const CRCS = { CRC32: Crc32, CRC32C: Crc32c, CRC64NVME: Crc64Nvme } as const;
const BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
};

/** Starts the digest of an algorithm. */
export function createDigest(algorithm: ChecksumAlgorithm): RunningDigest {
  return isCrc(algorithm) ? new CRCS[algorithm]() : createHash(algorithm.toLowerCase());
}

/** The name of the header or trailer with a checksum. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** The name of the XML element with a checksum. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

/**
 * Returns the checksum that the headers contain or announce as a trailer. Its value is undefined if it follows in the
 * trailer.
 *
 * @throws S3Error InvalidRequest for more than one checksum or an invalid value; NotImplemented for XXHash
 */
export function declaredChecksum(
  headers: ReadonlyMap<string, string>,
): { algorithm: ChecksumAlgorithm; value: string | undefined } | undefined {
  const given = [...headers.keys()].filter(
    (header) => header.startsWith('x-amz-checksum-') && !/-(mode|type|algorithm)$/.test(header),
  );
  const announced = headers.get('x-amz-trailer')?.trim().toLowerCase();
  const names = announced ? [...given, announced] : given;
  if (names.length > 1) throw invalidRequest('expecting a single x-amz-checksum- header');
  const [name] = names;
  if (name === undefined) return undefined;
  const algorithm = algorithmOf(name.replace('x-amz-checksum-', ''));
  const value = headers.get(name);
  if (value !== undefined) assertChecksumValue(algorithm, value);
  return { algorithm, value };
}

/** Returns the algorithm of a name in a header or body, in upper or lower case. */
export function algorithmOf(name: string): ChecksumAlgorithm {
  const upper = name.toUpperCase();
  if (upper.startsWith('XXHASH')) throw notImplemented(`checksum algorithm ${upper}`);
  const result = checksumAlgorithm.safeParse(upper);
  if (!result.success) throw invalidRequest(`'${name}' is not a checksum algorithm`);
  return result.data;
}

/** Rejects a value that is not base64 of the algorithm's length. */
export function assertChecksumValue(algorithm: ChecksumAlgorithm, value: string): void {
  if (!isBase64Of(value, BYTES[algorithm])) {
    throw invalidRequest(`value for ${checksumHeader(algorithm)} header is invalid`);
  }
}

/** Whether a text is the canonical base64 form of a given number of bytes. */
export function isBase64Of(text: string, bytes: number): boolean {
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text;
}

/** Calculates the checksum of the checksums of an object's parts. */
export async function compositeChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly string[],
): Promise<string> {
  const digest = createDigest(algorithm);
  for (const part of parts) digest.update(Buffer.from(part, 'base64'));
  return `${toBase64(await digest.digest())}-${parts.length}`;
}

/** Calculates the checksum of the whole object from those of its parts, which is possible only for CRCs. */
export function fullObjectChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly { readonly value: string; readonly size: number }[],
): string {
  if (!isCrc(algorithm)) {
    throw invalidRequest(`the FULL_OBJECT checksum type cannot be used with ${algorithm}`);
  }
  const kind: CrcKind = crcKinds[algorithm];
  const ofNothing = Buffer.alloc(BYTES[algorithm]);
  return parts
    .reduce<Buffer>(
      (crc, part) => combineCrc(kind, crc, Buffer.from(part.value, 'base64'), part.size),
      ofNothing,
    )
    .toString('base64');
}

/** A digest in the form of headers and bodies. */
export function toBase64(digest: Uint8Array): string {
  return Buffer.from(digest).toString('base64');
}

/** @throws S3Error BadDigest when two checksums of an algorithm differ */
export function assertSameChecksum(algorithm: ChecksumAlgorithm, given: string, calculated: string): void {
  if (given !== calculated) throw badDigest(algorithm);
}

/** The response headers for a stored checksum. */
export function checksumHeaders(checksum: StoredChecksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

function isCrc(algorithm: ChecksumAlgorithm): algorithm is keyof typeof CRCS {
  return Object.hasOwn(CRCS, algorithm);
}
