/** A reflected cyclic redundancy check whose initial value has all bits set and whose result is inverted. */
export interface CrcKind {
  readonly bits: 32 | 64;
  /** The polynomial without its highest term, lowest bit first. */
  readonly polynomial: bigint;
}

/**
 * The CRCs of S3: CRC32C uses Castagnoli's polynomial (RFC 3720, appendix B.4), CRC64NVME that of the NVM Express NVM
 * Command Set Specification, 64b CRC definition.
 */
export const crcKinds = {
  CRC32: { bits: 32, polynomial: 0xedb88320n },
  CRC32C: { bits: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const satisfies Record<string, CrcKind>;

/**
 * Returns the CRC of two concatenated pieces of data, from the CRC of each and the length of the second in bytes. The
 * SDK's library calculates CRCs but does not combine them. Shifting the first CRC past the second piece multiplies it
 * by x^(8 * length) modulo the polynomial.
 */
export function combineCrc(kind: CrcKind, first: Buffer, second: Buffer, secondLength: number): Buffer {
  const moved = multiply(kind, powerOfX(kind, BigInt(secondLength) * 8n), toBigInt(first));
  const combined = moved ^ toBigInt(second);
  return Buffer.from(combined.toString(16).padStart(kind.bits / 4, '0'), 'hex');
}

/** Multiplies by x: in reflected form the highest power is the lowest bit. */
function shift(kind: CrcKind, value: bigint): bigint {
  return value & 1n ? (value >> 1n) ^ kind.polynomial : value >> 1n;
}

function multiply(kind: CrcKind, left: bigint, right: bigint): bigint {
  let product = 0n;
  let power = right;
  for (let mask = 1n << BigInt(kind.bits - 1); mask > 0n; mask >>= 1n) {
    if (left & mask) product ^= power;
    power = shift(kind, power);
  }
  return product;
}

function powerOfX(kind: CrcKind, exponent: bigint): bigint {
  let result = 1n << BigInt(kind.bits - 1);
  let square = result >> 1n;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiply(kind, result, square);
    square = multiply(kind, square, square);
  }
  return result;
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}
