import { describe, expect, it } from 'vitest';
import { MAX_HINTS, readAsked, tagOf, tagOfBody, versionOf } from '../../shared/api/etag.ts';

describe('an ETag', () => {
  it('is the same for the same parts, whatever the order of attributes', () => {
    const first = { state: 'RUNNING', progress: { name: 'a', number: 1 } };
    const second = { progress: { number: 1, name: 'a' }, state: 'RUNNING' };
    expect(tagOf([first])).toBe(tagOf([second]));
    expect(tagOf([['a', 'b']])).not.toBe(tagOf([['b', 'a']]));
  });

  it('differs if any part differs, or is in another place', () => {
    const tags = [
      [1, 2],
      [2, 1],
      [12],
      ['1', '2'],
      [undefined, 1],
      [1],
      [],
      [{ a: 1 }],
      [{ a: undefined, b: 1 }],
    ].map((parts) => tagOf(parts));
    expect(new Set(tags).size).toBe(tags.length);
    expect(tagOf([1], ['a'])).not.toBe(tagOf([1], ['b']));
  });

  it('is a strong tag, with its ids, and without them if they are too many', () => {
    expect(tagOf([1], ['w1', 'g1'])).toMatch(/^"[\w-]{27}\.w1\.g1"$/);
    expect(tagOf([1], Array<string>(MAX_HINTS + 1).fill('a'))).toMatch(/^"[\w-]{27}"$/);
    expect(tagOfBody('{}')).toMatch(/^"[\w-]{27}"$/);
  });

  it('does not change with attributes that no response shows', () => {
    const run = { id: 'r', state: 'RUNNING', values: '1' };
    expect(versionOf({ ...run, watchedUntil: 'later', settled: true, reservations: [] })).toEqual(run);
    expect(versionOf({ ...run, newAttribute: 1 })).toEqual({ ...run, newAttribute: 1 });
    expect(versionOf(undefined)).toBeUndefined();
  });
});

describe('If-None-Match', () => {
  it('is compared weakly, with each of its tags', () => {
    const tag = tagOf([1], ['w1']);
    for (const header of [tag, `W/${tag}`, `"other", ${tag}`, `W/"a",W/${tag} , "b"`]) {
      const asked = readAsked(header);
      expect([asked.knows(tag), asked.hints, asked.any]).toEqual([true, ['w1'], false]);
    }
    expect(readAsked('"other"')).toMatchObject({ hints: [], any: false });
    expect(readAsked('"other"').knows(tag)).toBe(false);
    expect(readAsked('*')).toMatchObject({ hints: [], any: true });
    expect(readAsked(undefined).knows(tag)).toBe(false);
  });

  it('gives no ids of other forms', () => {
    const digest = 'a'.repeat(27);
    for (const ids of ['.', '..a', '.a b', `.${'a'.repeat(33)}`, '.a/b', '.é', '.a'.repeat(MAX_HINTS + 1)]) {
      expect(readAsked(`"${digest}${ids}"`).hints, ids).toEqual([]);
    }
    expect(readAsked(`"${digest}.a.B_1"`).hints).toEqual(['a', 'B_1']);
  });

  it('is read in linear time', () => {
    const begun = performance.now();
    readAsked(`"${'a'.repeat(27)}${'.a'.repeat(100_000)}`);
    readAsked('"a",'.repeat(100_000));
    expect(performance.now() - begun).toBeLessThan(500);
  });
});
