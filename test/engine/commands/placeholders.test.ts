import { describe, expect, it } from 'vitest';
import {
  conditionalBranches,
  placeholders,
  splitCommand,
} from '../../../shared/engine/commands/placeholders.ts';

describe('placeholders', () => {
  it.each([
    ['abc${d}ef $g\t$e', ['d', 'g', 'e']],
    ['abc$${d}ef $g $g', ['g']],
    ['${java} -jar $jarfile', ['java', 'jarfile']],
    ['abcdefg', []],
  ])('H11: finds the names in %j', (command, names) => {
    expect(placeholders(command)).toEqual(new Set(names));
  });

  it('finds no name in a reference', () => {
    expect(placeholders('a $[[b ? $c : d]]')).toEqual(new Set());
  });

  it('reports the location of an invalid dollar', () => {
    expect(() => placeholders('a\nb $1')).toThrow('line 2, column 3');
  });
});

describe('splitCommand', () => {
  it('keeps the order of text, names and references', () => {
    expect(splitCommand('a$$b${c}d$[[ e ? f : g ]]$h_1-')).toEqual([
      { kind: 'text', text: 'a$' },
      { kind: 'text', text: 'b' },
      { kind: 'name', name: 'c' },
      { kind: 'text', text: 'd' },
      { kind: 'reference', inner: ' e ? f : g ' },
      { kind: 'name', name: 'h_1' },
      { kind: 'text', text: '-' },
    ]);
  });

  it('ends a reference at the first closing brackets', () => {
    expect(splitCommand('$[[a]]$[[b]]]')).toEqual([
      { kind: 'reference', inner: 'a' },
      { kind: 'reference', inner: 'b' },
      { kind: 'text', text: ']' },
    ]);
  });
});

describe('conditionalBranches', () => {
  it('splits at the first question mark and the first colon after it', () => {
    expect(conditionalBranches(' a ? b:c : d')).toEqual(['b', 'c : d']);
    expect(conditionalBranches('a:b ? c?')).toEqual(['c?', '']);
    expect(conditionalBranches('a')).toBeNull();
  });
});
