import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  comparableName,
  findForbiddenCharacter,
  looksLike,
  withoutHidden,
} from '../../shared/documents/display-name.ts';

describe('a name', () => {
  it.each(['Alice', 'Zoë 🏳️‍🌈', 'می‌خواهم', 'Ⅳ', '日本 チーム', "O'Neil (2)", 'a#b', '  blanks '])(
    '%j is valid',
    (name) => expect(findForbiddenCharacter(name)).toBeUndefined(),
  );

  it.each([
    ['a\u0000', 'U+0000'],
    ['\u200e', 'U+200E'],
    ['a\u2028b', 'U+2028'],
    ['a\u{e0041}', 'U+E0041'],
    ['\ud800', 'U+D800'],
    ['a\u2800b', 'U+2800'],
  ])('%j with an invisible character is rejected', (name, character) => {
    expect(findForbiddenCharacter(name)).toBe(`${character}, which is invisible`);
    expect(findForbiddenCharacter(withoutHidden(name, '_'))).toBeUndefined();
  });

  it.each(['\u200d', ' \u200c\u200d ', '\ufe0f'])('%j, which joins nothing, is rejected', (name) =>
    expect(findForbiddenCharacter(name)).toMatch(/^U\+\w{4}, which is invisible$/),
  );

  it('with U+FFFD, which replaces lost text, is rejected (report 6)', () =>
    expect(findForbiddenCharacter('caf\ufffd')).toBe('U+FFFD, which replaces lost text'));

  it('keeps its joiners when invisible characters are replaced', () =>
    expect(withoutHidden('\u202e🏳️‍🌈 می‌خواهم', '_')).toBe('_🏳️‍🌈 می‌خواهم'));
});

describe('the form by which names are compared', () => {
  it.each([
    ['Alice', 'aLICE'],
    ['ﬁne', 'FINE'],
    ['Straße', 'STRASSE'],
    ['ΟΔΟΣ', 'οδος'],
    ['e\u0301', 'É'],
    ['Ａ１', 'a1'],
    ['a\u200db', 'ab'],
  ])('is the same for %j and %j', (one, other) => expect(comparableName(one)).toBe(comparableName(other)));

  it.each([
    ['a', 'b'],
    ['a', ' a'],
    ['e', 'é'],
    ['а', 'a'],
  ])('differs for %j and %j', (one, other) => expect(comparableName(one)).not.toBe(comparableName(other)));

  it('is idempotent, and ignores case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (name) => {
        expect(comparableName(comparableName(name))).toBe(comparableName(name));
        expect(comparableName(name.toUpperCase())).toBe(comparableName(name));
      }),
    );
  });
});

it('looksLike treats similar letters of several scripts as equal', () => {
  for (const name of ['Аlice', 'AIice', 'A1ice', 'alice']) expect(looksLike(name)).toBe(looksLike('Alice'));
  expect(looksLike('Alicia')).not.toBe(looksLike('Alice'));
});
