import { describe, expect, it } from 'vitest';
import { hashPassword, isOutdated, passwordFits } from '../../shared/users/password.ts';

/** Quick enough for a test; the cost is stored with each hash. */
const CHEAP = { N: 2 ** 4, r: 1, p: 1 };

describe('the hash of a password', () => {
  it('fits the password that it was made from, and no other one', async () => {
    const hash = await hashPassword('pass wörd', CHEAP);
    expect(await passwordFits('pass wörd', hash)).toBe(true);
    for (const other of ['pass word', 'pass wörd ', '']) {
      expect(await passwordFits(other, hash)).toBe(false);
    }
  });

  it('differs each time and does not show the password', async () => {
    const [one, two] = [await hashPassword('same', CHEAP), await hashPassword('same', CHEAP)];
    expect(one).not.toBe(two);
    expect(one).toMatch(/^scrypt\$16\$1\$1\$[\w-]{22}\$[\w-]{43}$/);
  });

  it('tells when it was made with another cost', async () => {
    expect(isOutdated(await hashPassword('x', CHEAP))).toBe(true);
    expect(isOutdated(await hashPassword('x'))).toBe(false);
  });

  it('of another form fits nothing', async () => {
    for (const hash of ['', 'plain', '$pbkdf2-sha256$29000$a$b', 'bcrypt$1$2$3$4$5']) {
      expect(await passwordFits('plain', hash)).toBe(false);
    }
  });
});
