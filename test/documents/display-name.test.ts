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
    '%j may be one',
    (name) => expect(findForbiddenCharacter(name)).toBeUndefined(),
  );

  it.each([
    ['a\u0000', 'U+0000'],
    ['\u200e', 'U+200E'],
    ['a\u2028b', 'U+2028'],
    ['a\u{e0041}', 'U+E0041'],
    ['\ud800', 'U+D800'],
  ])('%j holds what is not seen', (name, character) => {
    expect(findForbiddenCharacter(name)).toBe(`${character}, which is not seen`);
    expect(findForbiddenCharacter(withoutHidden(name, '_'))).toBeUndefined();
  });

  it('that has lost a character may be none (report 6)', () =>
    expect(findForbiddenCharacter('caf\ufffd')).toBe('U+FFFD, which stands for text that was lost'));

  it('keeps its joiners when what is hidden is taken out', () =>
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
  ])('of %j and %j is the same', (one, other) => expect(comparableName(one)).toBe(comparableName(other)));

  it.each([
    ['a', 'b'],
    ['a', ' a'],
    ['e', 'é'],
    ['а', 'a'],
  ])('of %j and %j differs', (one, other) => expect(comparableName(one)).not.toBe(comparableName(other)));

  it('stays the same when it is made again, and ignores case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (name) => {
        expect(comparableName(comparableName(name))).toBe(comparableName(name));
        expect(comparableName(name.toUpperCase())).toBe(comparableName(name));
      }),
    );
  });
});

it('letters of several scripts look alike', () => {
  for (const name of ['Аlice', 'AIice', 'A1ice', 'alice']) expect(looksLike(name)).toBe(looksLike('Alice'));
  expect(looksLike('Alicia')).not.toBe(looksLike('Alice'));
});
