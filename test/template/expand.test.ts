import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PythonFloat, type PythonValue } from '../../shared/documents/python-value.ts';
import { type Argument, type Arguments, castArguments } from '../../shared/template/arguments.ts';
import { expandReferences, MAX_EXPANDED_LENGTH } from '../../shared/template/expand.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { wholeReference } from '../../shared/template/references.ts';
import { createScope, defaultFileCopies, resolveReference } from '../../shared/template/scope.ts';
import { faultOf } from './faults.ts';

/** Arguments after a cast. */
function given(values: Record<string, PythonValue>): Arguments {
  return new Map(
    Object.entries(values).map(([name, value]): [string, Argument] => [name, { name, value, files: [] }]),
  );
}

const parameters = parseParameters([
  { name: 'A', dtype: 'string' },
  { name: 'B', dtype: 'bool', isRequired: false },
  { name: 'C', dtype: 'string', defaultValue: 'default' },
  { name: 'D', dtype: 'record', fields: [] },
  { name: 'E', dtype: 'string', defaultValue: '' },
  { name: 'T', dtype: 'bool', defaultValue: true },
  { name: 'N', dtype: 'int', defaultValue: null },
  { name: 'F', dtype: 'float', defaultValue: 10 },
]);

const expand = (value: PythonValue, values: Record<string, PythonValue> = {}) =>
  expandReferences(value, createScope(parameters, given(values)));

describe('expandReferences', () => {
  it('H1: keeps the type of a value', () => {
    expect(expand('$[[A]]', { A: 1 })).toBe(1);
    expect(expand('$[[ A ]]', { A: new PythonFloat(1) })).toStrictEqual(new PythonFloat(1));
  });

  it('H2: chooses a branch by the text of the argument', () => {
    const chosen = [true, 'true', 'TRUE', false, 1].map((A) => expand('$[[A ? xyz : abc]]', { A }));

    expect(chosen).toEqual(['xyz', 'xyz', 'xyz', 'abc', 'abc']);
  });

  it('H3: uses the default value if there is no argument', () => {
    expect(expand('$[[C]]')).toBe('default');
  });

  it('H4: returns null if a conditional has no second branch', () => {
    expect(expand('$[[A?x]]', { A: true })).toBe('x');
    expect(expand('$[[C?x]]', { C: 1 })).toBeNull();
  });

  it('H5: chooses the second branch for a mapping', () => {
    expect(expand('$[[D? x : y]]', { D: { a: 1 } })).toBe('y');
  });

  it('H6: requires an argument or a default value for a conditional on a required parameter', () => {
    expect(faultOf(() => expand('$[[A?x:y]]')).message).toBe("missing argument for 'A'");
    expect(expand('$[[T?x:y]]')).toBe('x');
  });

  it('chooses the second branch if an optional parameter is omitted (report 8)', () => {
    expect(expand('$[[B?x:y]]')).toBe('y');
    expect(expand('a $[[B?x]] b')).toBe('a  b');
    expect(expand('$[[N?x:y]]')).toBe('y');
  });

  it('casts a default value like an argument, but keeps an int as the default of a float', () => {
    const written = [
      { name: 'flag', dtype: 'bool', defaultValue: 1 },
      { name: 'count', dtype: 'int', defaultValue: ' 5 ' },
      { name: 'share', dtype: 'float', defaultValue: 10 },
      { name: 'bad', dtype: 'int', defaultValue: 'abc' },
    ];
    const scope = createScope(parseParameters(written), new Map());

    expect(written.map(({ name }) => scope.text(name))).toEqual(['True', '5', '10', 'abc']);
    expect(expandReferences('$[[flag ? yes : no]]', scope)).toBe('yes');
  });

  it('H7: replaces references only, at any depth', () => {
    const workflow = { n: 5, s: 'plain', list: ['$[[A]]', 2, { x: 'a$[[A]]' }], '$[[A]]': null };

    expect(expand(workflow, { A: 'v' })).toEqual({
      n: 5,
      s: 'plain',
      list: ['v', 2, { x: 'av' }],
      '$[[A]]': null,
    });
    expect(workflow.list[0]).toBe('$[[A]]');
  });

  it('H8: requires an argument if there is no default value', () => {
    const fault = faultOf(() => expand('$[[A]]'));

    expect(fault.message).toBe("missing argument for 'A'");
    expect(fault.status).toBe(400);
    expect(faultOf(() => expand('$[[N]]')).message).toBe("missing argument for 'N'");
  });

  it('H9: uses an empty default value', () => {
    expect(expand('$[[E]]')).toBe('');
  });

  it('H10: inserts values into longer text', () => {
    expect(expand('x$[[A]]y', { A: 1 })).toBe('x1y');
    expect(expand('--t $[[A]] $[[T]] $[[F]]', { A: new PythonFloat(10) })).toBe('--t 10.0 True 10');
    expect(expand('$[[A]]$[[A]]', { A: 'a' })).toBe('aa');
    expect(expand('run $[[A?--fast]] now', { A: false })).toBe('run  now');
    expect(expand('v=$[[A]]', { A: [1, 'a'] })).toBe("v=[1, 'a']");
  });

  it('F14: rejects a list within a list when it replaces references', () => {
    expect(faultOf(() => expand({ a: [['x']] })).message).toContain('nested lists not allowed');
  });

  it('rejects a reference without a parameter', () => {
    expect(faultOf(() => expand('$[[X]]')).status).toBe(404);
  });

  it('does not expand values again', () => {
    expect(expand('$[[A]] $[[C]]', { A: '$[[C]]' })).toBe('$[[C]] default');
  });

  it('rejects an expanded text that is too long', () => {
    const workflow = { list: Array<string>(101).fill('-$[[A]]') };

    expect(faultOf(() => expand(workflow, { A: 'x'.repeat(MAX_EXPANDED_LENGTH / 100) })).status).toBe(400);
  });

  it('does not change a structure without references', () => {
    const words = fc.string().filter((text) => !text.includes('$[['));
    const structures = fc.letrec<{ value: PythonValue }>((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, words, fc.integer(), fc.dictionary(fc.string(), tie('value'))),
    })).value;

    fc.assert(
      fc.property(structures, (value) => {
        expect(expand(value)).toEqual(value);
      }),
    );
  });
});

describe('scope', () => {
  const files = parseParameters([
    { name: 'names', dtype: 'file', target: 'data/names.txt' },
    { name: 'config', dtype: 'file', target: 'etc/c.json', defaultValue: 'defaults/c.json' },
    { name: 'labels', dtype: 'file', defaultValue: './labels.csv' },
  ]);

  it('returns value and text by name, and whether an argument was supplied', () => {
    const scope = createScope(parameters, given({ A: new PythonFloat(3) }));

    expect(scope.text('A')).toBe('3.0');
    expect(scope.argument('A')?.name).toBe('A');
    expect(scope.argument('C')).toBeUndefined();
    expect(scope.parameter('T')?.dtype).toBe('bool');
    expect(expandReferences('$[[A]]/$[[C]]', scope)).toBe('3.0/default');
  });

  it('returns the target path of a file', () => {
    const supplied = [{ name: 'names', value: { type: '$file', value: { fileId: 'f1' } } }];
    const scope = createScope(files, castArguments(files, supplied));

    expect(['names', 'config', 'labels'].map(scope.text)).toEqual([
      'data/names.txt',
      'etc/c.json',
      'labels.csv',
    ]);
  });

  it('requires an argument for a file with a target but no default', () => {
    const scope = createScope(files, new Map());

    expect(faultOf(() => scope.value('names')).message).toBe("missing argument for 'names'");
  });

  it('lists default files that are needed at another path', () => {
    const supplied = [{ name: 'config', value: { type: '$file', value: { fileId: 'f1' } } }];

    expect(defaultFileCopies(files, new Map())).toEqual([
      { source: 'defaults/c.json', target: 'etc/c.json' },
    ]);
    expect(defaultFileCopies(files.slice(1), castArguments(files.slice(1), supplied))).toEqual([]);
  });

  it('resolves a reference as data', () => {
    const reference = wholeReference('$[[A ? yes : no]]');
    if (reference === undefined) return expect.fail('no reference');

    expect(resolveReference(reference, createScope(parameters, given({ A: 'True' })))).toBe('yes');
  });
});
