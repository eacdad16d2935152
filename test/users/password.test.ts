import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fittingForm, hashPassword, isOutdated, passwordFits } from '../../shared/users/password.ts';

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

  it('fits the password in whatever form of Unicode it is typed (report 19)', async () => {
    const typed = { composed: 'Zo\u00eb', decomposed: 'Zoe\u0308' };
    for (const registered of Object.values(typed)) {
      const hash = await hashPassword(registered, CHEAP);
      for (const now of Object.values(typed)) expect(await fittingForm(now, hash)).toBe('composed');
    }
  });

  it('of an earlier version, of text that was not composed, fits that text (report 19)', async () => {
    const salt = Buffer.alloc(16);
    const key = scryptSync('Zoe\u0308', salt, 32, CHEAP).toString('base64url');
    const hash = `scrypt$16$1$1$${salt.toString('base64url')}$${key}`;
    expect(await fittingForm('Zoe\u0308', hash)).toBe('typed');
    expect(await fittingForm('Zo\u00eb', hash)).toBeUndefined();
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
