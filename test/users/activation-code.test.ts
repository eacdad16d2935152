import { describe, expect, it } from 'vitest';
import { codeFits, newActivationCode, userOfCode } from '../../shared/users/activation-code.ts';

const USER = '0123456789abcdef0123456789abcdef';

describe('an activation code', () => {
  it('contains the id of its user and matches only its own hash', () => {
    const [one, two] = [newActivationCode(USER), newActivationCode(USER)];
    expect(userOfCode(one.code)).toBe(USER);
    expect(codeFits(one.code, one.hash)).toBe(true);
    expect(codeFits(one.code, two.hash)).toBe(false);
    for (const wrong of ['', USER, `${one.code}0`, one.code.slice(0, -1)]) {
      expect(codeFits(wrong, one.hash)).toBe(false);
    }
  });

  it('matches no hash if no code was issued', () => {
    for (const hash of [undefined, '', 'zz'])
      expect(codeFits(newActivationCode(USER).code, hash)).toBe(false);
  });
});
