import type * as Crypto from 'node:crypto';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { afterAll, beforeAll } from 'vitest';

/**
 * Hashes passwords at a small cost in the process of a test. A hash takes a third of a second of CPU time, which was
 * three quarters of the time of tests of accounts. The texts of the hashes still name the usual cost. The tests of
 * hashes (`test/users`), programs that tests start, and stacks with functions in separate processes use the usual cost.
 */
const crypto = createRequire(import.meta.url)('node:crypto') as typeof Crypto;

/** N of the usual cost; hashes of another cost are not changed. */
const USUAL_N = 2 ** 16;
const CHEAP = { N: 16, r: 1, p: 1 } as const;

const { scrypt, scryptSync } = crypto;
const usual = { scrypt, scryptSync };

type Input = Crypto.BinaryLike;
type Options = Crypto.ScryptOptions;
type Done = (error: Error | null, key: Buffer) => void;

const cheapened = (options: Options): Options => (options.N === USUAL_N ? { ...options, ...CHEAP } : options);

const cheap = {
  scrypt: (password: Input, salt: Input, length: number, options: Options, done: Done) =>
    scrypt(password, salt, length, cheapened(options), done),
  scryptSync: (password: Input, salt: Input, length: number, options: Options) =>
    scryptSync(password, salt, length, cheapened(options)),
};

function use(functions: typeof cheap | typeof usual): void {
  Object.assign(crypto, functions);
  syncBuiltinESMExports();
}

beforeAll(() => use(cheap));
afterAll(() => use(usual));

/** Hashes at the usual cost in the tests of the `describe` that calls this. */
export function hashAtUsualCost(): void {
  beforeAll(() => use(usual));
  afterAll(() => use(cheap));
}
