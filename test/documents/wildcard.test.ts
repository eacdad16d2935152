import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasWildcard, pathMatcher } from '../../shared/documents/wildcard.ts';

describe('pathMatcher', () => {
  it.each([
    ['*.yaml', 'a.yaml', true],
    ['*.yaml', 'a.yml', false],
    ['*.yaml', 'x/a.yaml', false],
    ['*.yaml', '.hidden.yaml', false],
    ['.*.yaml', '.hidden.yaml', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[!a-c]x', 'dx', true],
    ['[]]x', ']x', true],
    ['[a', '[a', true],
    ['x/*/z', 'x/y/z', true],
    ['x/*/z', 'x/y/y/z', false],
    ['x/**/z', 'x/y/y/z', true],
    ['x/**/z', 'x/z', true],
    ['**', 'x/.git/z', false],
    ['*a*b', 'xaybzab', true],
    ['a.b', 'axb', false],
  ])('%s against %s: %s', (pattern, path, expected) => {
    expect(pathMatcher(pattern)(path)).toBe(expected);
  });

  it('matches a pattern without wildcards only with the same path', () => {
    const names = fc.stringMatching(/^[a-z.]{1,5}(\/[a-z]{1,5}){0,2}$/);

    fc.assert(
      fc.property(names, names, (pattern, path) => {
        expect(pathMatcher(pattern)(path)).toBe(pattern === path);
      }),
    );
  });

  it('matches in time patterns that make backtracking matchers hang', () => {
    expect(pathMatcher(`${'*a'.repeat(50)}b`)('a'.repeat(5_000))).toBe(false);
    expect(pathMatcher(`${'**/a/'.repeat(50)}b`)('a/'.repeat(2_000))).toBe(false);
  });

  it('recognises a wildcard', () => {
    expect(['a*', 'a?', 'a[b]', 'abc'].map(hasWildcard)).toEqual([true, true, true, false]);
  });
});
