import * as z from 'zod';
import type { SizeKey } from './step-size.ts';

/** Texts of sizes, in engine configurations and in settings: `4 GiB`, `30 min`, `0.5`. */

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Longest text of a size. */
const MAX_TEXT = 40;
const QUANTITY = /^(\d{1,9}(?:\.\d{1,6})?) {0,3}([a-z]{0,5})$/;

/** Bytes of the units of memory and disk: decimal ones, and binary ones with an `i`. */
const BYTES: Readonly<Record<string, number>> = {
  mb: 1e6,
  mib: MIB,
  gb: 1e9,
  gib: GIB,
  tb: 1e12,
  tib: 1024 * GIB,
};
/** Bytes of the units of files, which may also be small. */
const FILE_BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1e3, kib: 1024, ...BYTES };
const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };
const VCPUS: Readonly<Record<string, number>> = { vcpu: 1 };

/** Reads a positive number with a unit. */
function quantity(value: number | string, units: Readonly<Record<string, number>>, bare?: number) {
  const text = String(value)
    .slice(0, MAX_TEXT + 1)
    .trim()
    .toLowerCase();
  const [, number = '', unit = ''] = text.length > MAX_TEXT ? [] : (QUANTITY.exec(text) ?? []);
  const factor = unit === '' ? bare : Object.hasOwn(units, unit) ? units[unit] : undefined;
  const amount = number === '' || factor === undefined ? Number.NaN : Number(number) * factor;
  return amount > 0 ? amount : undefined;
}

/** What each size is, for messages. */
const EXPECTED: Readonly<Record<SizeKey, string>> = {
  cpu: 'must be a number of vCPUs, such as 0.5 or 2',
  memory: "must be a number with the unit MB, MiB, GB or GiB, such as '4 GiB'",
  disk: "must be a number of GiB, such as 50 or '50 GiB'",
  timeout: "must be a number of seconds, or with the unit s, min, h or d, such as '30 min'",
};

const READERS: Readonly<Record<SizeKey, (value: number | string) => number | undefined>> = {
  cpu: (value) => quantity(value, VCPUS, 1),
  memory: (value) => roundedUp(quantity(value, BYTES), MIB),
  disk: (value) => roundedUp(quantity(value, BYTES, GIB), GIB),
  timeout: (value) => roundedUp(quantity(value, SECONDS, 1), 1),
};

/** Reads a size of files in whole bytes: a number, or a text with a unit such as `1 GB`; undefined if it is neither. */
export function readByteSize(value: number | string): number | undefined {
  const bytes = quantity(value, FILE_BYTES, 1);
  return bytes === undefined ? undefined : Math.floor(bytes);
}

const roundedUp = (amount: number | undefined, unit: number): number | undefined =>
  amount === undefined ? undefined : Math.ceil(amount / unit);

/** Reads one kind of size: a number, or a text with a unit. Returns it in the unit of `StepSize`. */
function sizeSchema(key: SizeKey) {
  const expected = EXPECTED[key];
  return z.union([z.number(), z.string()], expected).transform((value, context): number => {
    const read = READERS[key](value);
    if (read !== undefined) return read;
    context.issues.push({ code: 'custom', message: expected, input: value });
    return z.NEVER;
  });
}

/** Schemas of the sizes, by their names. */
export const sizeSchemas = {
  cpu: sizeSchema('cpu'),
  memory: sizeSchema('memory'),
  disk: sizeSchema('disk'),
  timeout: sizeSchema('timeout'),
} as const;
