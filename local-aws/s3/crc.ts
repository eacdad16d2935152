/** A cyclic redundancy check in reflected form with all bits set before and inverted after. */
export interface CrcKind {
  readonly bits: 32 | 64;
  /** The polynomial without its highest term, lowest bit first. */
  readonly polynomial: bigint;
}

export const CRC32: CrcKind = { bits: 32, polynomial: 0xedb88320n };
/** Castagnoli's polynomial (RFC 3720, appendix B.4). */
export const CRC32C: CrcKind = { bits: 32, polynomial: 0x82f63b78n };
/** NVM Express NVM Command Set Specification, 64b CRC definition. */
export const CRC64NVME: CrcKind = { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n };

/** A running check; `digest` gives it in big-endian bytes. */
export interface RunningCrc {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

const tables = new Map<CrcKind, { low: Int32Array; high: Int32Array }>();

/**
 * Starts a check by table, one byte at a time. A 64-bit state is held in two halves: BigInt would be a
 * hundred times slower.
 */
export function createCrc(kind: CrcKind): RunningCrc {
  const { low, high } = tableOf(kind);
  let lowState = -1;
  let highState = kind.bits === 64 ? -1 : 0;
  return {
    update(chunk) {
      let l = lowState;
      let h = highState;
      for (const byte of chunk) {
        const index = (l ^ byte) & 0xff;
        l = ((l >>> 8) | (h << 24)) ^ (low[index] ?? 0);
        h = (h >>> 8) ^ (high[index] ?? 0);
      }
      lowState = l;
      highState = h;
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeInt32BE(~highState, 0);
      bytes.writeInt32BE(~lowState, 4);
      return bytes.subarray(8 - kind.bits / 8);
    },
  };
}

/**
 * The check of two pieces of data one after the other, from the checks of each and the length of the second
 * in bytes. Moving the first past the second multiplies it by x^(8 * length) modulo the polynomial.
 */
export function combineCrc(kind: CrcKind, first: Buffer, second: Buffer, secondLength: number): Buffer {
  const moved = multiply(kind, powerOfX(kind, BigInt(secondLength) * 8n), toBigInt(first));
  const combined = moved ^ toBigInt(second);
  return Buffer.from(combined.toString(16).padStart(kind.bits / 4, '0'), 'hex');
}

function tableOf(kind: CrcKind) {
  const known = tables.get(kind);
  if (known) return known;
  const low = new Int32Array(256);
  const high = new Int32Array(256);
  for (let index = 0; index < 256; index++) {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit++) value = shift(kind, value);
    low[index] = Number(BigInt.asIntN(32, value));
    high[index] = Number(BigInt.asIntN(32, value >> 32n));
  }
  const table = { low, high };
  tables.set(kind, table);
  return table;
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
