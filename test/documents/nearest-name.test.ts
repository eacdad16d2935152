import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName, nearestPath } from '../../shared/documents/nearest-name.ts';

describe('the nearest name', () => {
  it.each([
    ['postporc', 'postproc'],
    ['orderby', 'orderBy'],
    ['output', 'outputs'],
    ['instructoins', 'instructions'],
    ['nmae', 'name'],
  ])('to %s is %s', (written, meant) => {
    expect(nearestName(written, ['name', 'postproc', 'orderBy', 'outputs', 'instructions'])).toBe(meant);
  });

  it('is undefined if too many letters differ, and is found for texts of any length', () => {
    expect(nearestName('keywords', ['name', 'files', 'specfile'])).toBeUndefined();
    expect(nearestName('ab', ['xy', 'cd'])).toBeUndefined();
    expect(nearestName('a'.repeat(100_000), ['a'.repeat(100_001)])).toBeUndefined();
    expect(nearestName('', ['', 'a'])).toBe('');
  });

  it('is a known name with the fewest errors, regardless of the order of the names', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-d]{1,8}$/), { maxLength: 8 });
    fc.assert(
      fc.property(fc.stringMatching(/^[a-d]{1,8}$/), names, (written, known) => {
        const near = nearestName(written, known);
        if (known.includes(written)) expect(near).toBe(written);
        expect(near === undefined).toBe(nearestName(written, known.toReversed()) === undefined);
      }),
    );
  });

  it('to a path may be the only file with its name', () => {
    expect(nearestPath('score.py', ['code/score.py', 'data/x'])).toBe('code/score.py');
    expect(nearestPath('score.py', ['code/score.py', 'old/score.py'])).toBeUndefined();
    expect(nearestPath('data/nmaes.txt', ['data/names.txt'])).toBe('data/names.txt');
  });
});
