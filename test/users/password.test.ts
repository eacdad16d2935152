import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fittingForm, hashPassword, isOutdated, passwordFits } from '../../shared/users/password.ts';

/** Fast enough for a test; the cost is stored with each hash. */
const CHEAP = { N: 2 ** 4, r: 1, p: 1 };

describe('the hash of a password', () => {
  it('matches only the password that it was created from', async () => {
    const hash = await hashPassword('pass wörd', CHEAP);
    expect(await passwordFits('pass wörd', hash)).toBe(true);
    for (const other of ['pass word', 'pass wörd ', '']) {
      expect(await passwordFits(other, hash)).toBe(false);
    }
  });

  it('matches the password in any Unicode normal form (report 19)', async () => {
    const typed = { composed: 'Zo\u00eb', decomposed: 'Zoe\u0308' };
    for (const registered of Object.values(typed)) {
      const hash = await hashPassword(registered, CHEAP);
      for (const now of Object.values(typed)) expect(await fittingForm(now, hash)).toBe('composed');
    }
  });

  it('matches decomposed text that an earlier version hashed (report 19)', async () => {
    const salt = Buffer.alloc(16);
    const key = scryptSync('Zoe\u0308', salt, 32, CHEAP).toString('base64url');
    const hash = `scrypt$16$1$1$${salt.toString('base64url')}$${key}`;
    expect(await fittingForm('Zoe\u0308', hash)).toBe('typed');
    expect(await fittingForm('Zo\u00eb', hash)).toBeUndefined();
  });

  it('differs each time and does not contain the password', async () => {
    const [one, two] = [await hashPassword('same', CHEAP), await hashPassword('same', CHEAP)];
    expect(one).not.toBe(two);
    expect(one).toMatch(/^scrypt\$16\$1\$1\$[\w-]{22}\$[\w-]{43}$/);
  });

  it('shows that it was created with a different cost', async () => {
    expect(isOutdated(await hashPassword('x', CHEAP))).toBe(true);
    expect(isOutdated(await hashPassword('x'))).toBe(false);
  });

  it('matches nothing if it is malformed', async () => {
    for (const hash of ['', 'plain', '$pbkdf2-sha256$29000$a$b', 'bcrypt$1$2$3$4$5']) {
      expect(await passwordFits('plain', hash)).toBe(false);
    }
  });
});
