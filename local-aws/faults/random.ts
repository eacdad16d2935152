import { createHash } from 'node:crypto';

/** The next number of a sequence, at least 0 and below 1. */
export type Random = () => number;

/**
 * Creates a sequence of numbers that depends only on a seed and a name. With the same seed, each kind of fault has
 * its own sequence, independent of the others. (Mulberry32: 32 bits of state are enough to choose delays.)
 */
export function createRandom(seed: number, name: string): Random {
  let state = createHash('sha256').update(`${seed}/${name}`).digest().readUInt32LE();
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
