import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pythonText } from '../../shared/documents/python-text.ts';
import { FlowservError } from '../../shared/errors.ts';
import { cast, castFaultOf, castValue, file } from './casting.ts';

const field = (name: string, dtype: string, rest = {}) => ({
  name,
  dtype,
  index: 0,
  isRequired: true,
  ...rest,
});
const record = {
  dtype: 'record',
  fields: [
    field('f1', 'bool'),
    field('f2', 'int', { isRequired: false, defaultValue: 10 }),
    field('f3', 'int', { isRequired: false }),
  ],
};

describe('records, lists and actors', () => {
  it('G20: casts fields, adds defaults and omits optional fields', () => {
    const value = [
      { name: 'f1', value: true },
      { name: 'f3', value: '6' },
    ];

    expect(castValue(record, value)).toEqual({ f1: true, f2: 10, f3: 6 });
  });

  it('G21: requires fields without default and rejects other shapes', () => {
    expect(castValue(record, [{ name: 'f1', value: true }])).toEqual({ f1: true, f2: 10 });
    expect(castFaultOf(record, []).message).toContain("missing field 'f1'");
    expect(castFaultOf(record, 'a').status).toBe(400);
    expect(castFaultOf(record, [{ name: 'f4', value: '5' }]).message).toContain("unknown field 'f4'");
    expect(castFaultOf(record, [{ name: 'f1' }]).status).toBe(400);
    expect(castFaultOf(record, [{ name: 'f1', value: true, x: 1 }]).status).toBe(400);
    expect(castFaultOf(record, [{ name: 'f1', value: 'x' }]).message).toContain("'p.f1'");
  });

  it('uses the last value of a repeated field', () => {
    const value = ['f', 't'].map((text) => ({ name: 'f1', value: text }));

    expect(castValue(record, value)).toEqual({ f1: true, f2: 10 });
  });

  it('G22: casts lists of records', () => {
    const list = { dtype: 'list', para: { ...record, ...field('r', 'record') } };

    expect(castValue(list, [[{ name: 'f1', value: '1' }], [{ name: 'f1', value: 0 }]])).toEqual([
      { f1: true, f2: 10 },
      { f1: false, f2: 10 },
    ]);
    expect(castValue(list, [])).toEqual([]);
    expect(castFaultOf(list, 'a').status).toBe(400);
    expect(castFaultOf(list, [[{ name: 'f1', value: 'x' }]]).message).toContain("'p[0].f1'");
  });

  it('collects the files of nested values and uses the default path of others', () => {
    const fields = [
      field('a', 'file', { target: 'a.txt' }),
      field('b', 'file', { isRequired: false, defaultValue: 'b.txt' }),
    ];
    const list = { dtype: 'list', para: { ...field('r', 'record'), fields } };

    expect(cast(list, [[{ name: 'a', value: file('f1') }]])).toMatchObject({
      value: [{ a: 'a.txt', b: 'b.txt' }],
      files: [{ fileId: 'f1', targetPath: 'a.txt', declared: true }],
    });
  });

  it('G25: rejects a plain string for an actor', () => {
    expect(castFaultOf({ dtype: 'actor' }, 'python:3.7').message).toContain('invalid actor value');
  });

  it('G26: accepts the forms of a container step', () => {
    const step = { environment: 'python:3.7', commands: ['python x.py'] };
    const forms = [step, { image: 'python:3.7', commands: step.commands, env: {} }, ['container', step]];

    expect(forms.map((form) => castValue({ dtype: 'actor' }, form))).toEqual([step, step, step]);
  });

  it('accepts code and notebook steps, and files of an actor', () => {
    const code = { func: 'a.b', arg: 'z', variables: [{ arg: 'x', var: 'y' }] };
    const notebook = { notebook: 'n.ipynb', params: ['a'], requirements: ['pandas'] };
    const step = { image: 'i', commands: ['c'], files: [{ fileId: 'f1', targetPath: 'm/x.py' }] };

    expect(castValue({ dtype: 'actor' }, code)).toEqual(code);
    expect(castValue({ dtype: 'actor' }, notebook)).toEqual(notebook);
    expect(cast({ dtype: 'actor' }, step)).toEqual({
      name: 'p',
      value: { environment: 'i', commands: ['c'] },
      files: [{ fileId: 'f1', targetPath: 'm/x.py', declared: false }],
    });
  });

  it.each([
    [null],
    [{}],
    [{ environment: 'x' }],
    [{ environment: 'x', commands: 'c' }],
    [{ environment: 'x', commands: [] }],
    [{ environment: 'x', commands: [5] }],
    [{ environment: ' ', commands: ['c'] }],
    [['docker', { environment: 'x', commands: ['c'] }]],
    [{ type: 'undefined' }],
    [{ func: 'f', variables: [{ arg: 'x' }] }],
    [{ environment: 'x', commands: ['c'], files: [{ fileId: 'f1' }] }],
    [{ environment: 'x', commands: ['c'], files: [{ fileId: 'f1', targetPath: '../x' }] }],
  ])('rejects the actor %o', (value) => {
    expect(castFaultOf({ dtype: 'actor' }, value).code).toBe('argument.invalid');
  });

  it('casts or rejects any value for any type', () => {
    const declarations = [
      ...['bool', 'int', 'float', 'string', 'actor', 'file'].map((dtype) => ({ dtype })),
      { dtype: 'select', values: [{ name: 'a', value: 1 }] },
      record,
      { dtype: 'list', para: { ...record, ...field('r', 'record') } },
    ];

    fc.assert(
      fc.property(fc.constantFrom(...declarations), fc.anything({ maxDepth: 3 }), (declaration, value) => {
        try {
          expect(typeof pythonText(castValue(declaration, value))).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(FlowservError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
