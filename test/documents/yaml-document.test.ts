import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PythonFloat } from '../../shared/documents/python-value.ts';
import { parseYaml } from '../../shared/documents/yaml-document.ts';
import { FlowservError } from '../../shared/errors.ts';
import { faultOf } from '../template/faults.ts';

describe('parseYaml', () => {
  // PyYAML 6.0 read each row by safe_load.
  it.each([
    ['10', 10],
    ['10.0', new PythonFloat(10)],
    ['-3', -3],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['1.5e+3', new PythonFloat(1500)],
    ['1e5', '1e5'],
    ['1_000', 1000],
    ['010', 8],
    ['0x1F', 31],
    ['0b11', 3],
    ['.inf', Number.POSITIVE_INFINITY],
    ['-.INF', Number.NEGATIVE_INFINITY],
    ['.nan', Number.NaN],
    ['yes', true],
    ['Off', false],
    ['True', true],
    ['y', 'y'],
    ['~', null],
    ['', null],
    ['"10"', '10'],
    ["'yes'", 'yes'],
    ['python:3.7', 'python:3.7'],
    ['!!str 10', '10'],
    ['!!int "10"', 10],
    ['!!float 1', new PythonFloat(1)],
    ['! 10', 10],
  ])('reads %o as Python does', (text, value) => {
    expect(parseYaml(text)).toStrictEqual(value);
  });

  it.each(['10:30', '2020-01-31', '2001-12-14 21:59:43'])(
    'keeps times and dates such as %s as text',
    (text) => {
      expect(parseYaml(text)).toBe(text);
    },
  );

  it('uses the last of repeated keys', () => {
    expect(parseYaml('dtype: int\ndtype: float\n')).toEqual({ dtype: 'float' });
  });

  it('keeps the text of keys, also of keys that look like booleans or numbers', () => {
    expect(parseYaml('{on: 1, y: 2, 10: 3, __proto__: 4}')).toEqual(
      Object.fromEntries([
        ['on', 1],
        ['y', 2],
        ['10', 3],
        ['__proto__', 4],
      ]),
    );
  });

  it('expands aliases and merges mappings, with priority for own keys', () => {
    const text = 'base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\nuse:\n  y: 9\n  <<: [*b, *o]\nsame: *b\n';

    expect(parseYaml(text)).toEqual({
      base: { x: 1, y: 2 },
      other: { y: 3, z: 4 },
      use: { x: 1, y: 9, z: 4 },
      same: { x: 1, y: 2 },
    });
  });

  it.each([
    ['a: [1, 2', 1],
    ['a: 1\nb: c: d\n', 2],
    ['a: *nowhere', 1],
    ['a: &a [*a]', 1],
    ['a: 1\nb: !!python/object:os.system x\n', 2],
    ['a: !custom {b: 1}', 1],
    ['? [1, 2]\n: 3\n', 1],
    ['a: !!int x', 1],
    ['<<: 5', 1],
    ['a: !include other.yaml', 1],
    ['a: 1\n---\nb: 2\n', 2],
  ])('rejects %o and reports the line', (text, line) => {
    const { message, status } = faultOf(() => parseYaml(text, { name: 'x.yaml' }));

    expect(message).toMatch(new RegExp(`^x\\.yaml:${line}:\\d+: `));
    expect(status).toBe(400);
  });

  it('rejects an alias bomb by the size of its expanded text', () => {
    const level = (i: number) =>
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]\n`;
    const text = `a0: &a0 lol\n${Array.from({ length: 20 }, (_, i) => level(i + 1)).join('')}`;

    expect(faultOf(() => parseYaml(text)).message).toContain('aliases');
  });

  it('counts the depth of aliases', () => {
    const level = (i: number) => `a${i}: &a${i} [[[[[[[[[[*a${i - 1}]]]]]]]]]]\n`;
    const text = `a0: &a0 x\n${Array.from({ length: 20 }, (_, i) => level(i + 1)).join('')}`;

    expect(faultOf(() => parseYaml(text)).message).toContain('nest');
  });

  it.each([
    ['flow lists', '['.repeat(50_000)],
    ['flow mappings', '{a: '.repeat(20_000)],
    ['block lists', '- '.repeat(20_000)],
    ['a closed list', '['.repeat(101) + ']'.repeat(101)],
  ])('rejects %s that are nested too deep', (_, text) => {
    expect(faultOf(() => parseYaml(text)).message).toContain('nest');
  });

  it('accepts 100 levels', () => {
    expect(() => parseYaml('['.repeat(100) + ']'.repeat(100))).not.toThrow();
  });

  it('rejects a text beyond its limit', () => {
    expect(faultOf(() => parseYaml('abcdef', { maxLength: 5 })).message).toContain('longer than 5');
  });

  it('reads any JSON document', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: true, maxDepth: 3 }), (value) => {
        const text = JSON.stringify(value);
        expect(() => parseYaml(text)).not.toThrow();
      }),
    );
  });

  it('fails with an error of the catalogue for any other text', () => {
    const fragments = fc.constantFrom(
      '- ',
      ': ',
      'a',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '&x ',
      '*x',
      '!y ',
      '"',
      "'",
      '|\n',
      '? ',
      '#',
      '<<: ',
      '%',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join('')),
    );

    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseYaml(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FlowservError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
