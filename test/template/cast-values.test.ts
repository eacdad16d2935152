import { describe, expect, it } from 'vitest';
import { pythonText } from '../../shared/documents/python-text.ts';
import { PythonFloat } from '../../shared/documents/python-value.ts';
import { cast, castFaultOf, castValue, file } from './casting.ts';
import { faultOf } from './faults.ts';

describe('casting', () => {
  it.each([[true], [1], ['1'], ['T'], ['true'], ['t'], ['TRUE']])('G1: bool %o is true', (value) => {
    expect(castValue({ dtype: 'bool' }, value)).toBe(true);
  });

  it.each([[false], [0], ['0'], [''], ['f'], ['FALSE'], [null]])('G2: bool %o is false', (value) => {
    expect(castValue({ dtype: 'bool' }, value)).toBe(false);
  });

  it.each([['yes'], [10], ['   '], ['on'], [2], [[]], [new PythonFloat(1)]])(
    'G3: bool %o is an error',
    (value) => {
      expect(castFaultOf({ dtype: 'bool' }, value).message).toContain('not a Boolean');
    },
  );

  it.each([
    ['5', 5],
    [7, 7],
    ['inf', Number.POSITIVE_INFINITY],
    ['-inf', Number.NEGATIVE_INFINITY],
    [true, 1],
    ['12345678901234567890', 12345678901234567890n],
    [new PythonFloat(3), 3],
    [new PythonFloat(1e22), 10000000000000000000000n],
  ])('G4: int %o is %o', (value, expected) => {
    expect(castValue({ dtype: 'int' }, value)).toBe(expected);
  });

  it.each([['x'], ['3.0'], ['1e3'], [null], [''], [[]], [{}], [Number.NaN], ['nan'], ['Infinity']])(
    'G5: int %o is an error',
    (value) => {
      const fault = castFaultOf({ dtype: 'int' }, value);

      expect(fault.message).toContain(`no int '${pythonText(value)}'`);
      expect(fault.status).toBe(400);
    },
  );

  it('G6: int truncates floats toward zero', () => {
    expect(castValue({ dtype: 'int' }, 3.7)).toBe(3);
    expect(castValue({ dtype: 'int' }, -3.7)).toBe(-3);
    expect(castValue({ dtype: 'int' }, -0.5)).toBe(0);
  });

  it('G7: float reads numbers and text', () => {
    expect(castValue({ dtype: 'float' }, '3.4')).toBe(3.4);
    expect(castValue({ dtype: 'float' }, 3)).toStrictEqual(new PythonFloat(3));
    expect(castValue({ dtype: 'float' }, ' 1E2 ')).toStrictEqual(new PythonFloat(100));
    expect(castValue({ dtype: 'float' }, true)).toStrictEqual(new PythonFloat(1));
    expect(castValue({ dtype: 'float' }, 'NaN')).toBeNaN();
    for (const value of [null, '', 'x', [], {}, 10n ** 400n]) {
      expect(castFaultOf({ dtype: 'float' }, value).message).toContain('no float');
    }
  });

  it('G8: checks the range after the cast', () => {
    const declaration = { dtype: 'int', range: '(5,]' };

    expect(castFaultOf(declaration, '5').message).toContain('5 not in (5.0,inf]');
    expect(castValue(declaration, '6')).toBe(6);
    expect(castValue(declaration, 7)).toBe(7);
    expect(castValue(declaration, 'inf')).toBe(Number.POSITIVE_INFINITY);
    expect(castFaultOf({ dtype: 'float', range: '[0,1]' }, 2).message).toContain('2.0 not in [0.0,1.0]');
    expect(castFaultOf({ dtype: 'float', range: '[,]' }, 'nan').message).toContain('nan not in');
  });

  it('G14: select accepts the values of its options', () => {
    const declaration = { dtype: 'select', values: [1, 2].map((value) => ({ name: `n${value}`, value })) };

    expect(castValue(declaration, 1)).toBe(1);
    expect(castFaultOf(declaration, 'A').message).toContain("unknown value 'A'");
    expect(castFaultOf(declaration, null).message).toContain("unknown value 'None'");
  });

  it('select reads the text of an option as its typed value, and keeps an equal value as given', () => {
    const values = [new PythonFloat(0.5), new PythonFloat(2), true, 'a', null].map((value) => ({
      name: 'n',
      value,
    }));
    const declaration = { dtype: 'select', values };

    expect(
      ['0.5', '2.0', '2', 'True', 'true', 'a', 'None'].map((text) => castValue(declaration, text)),
    ).toStrictEqual([0.5, new PythonFloat(2), new PythonFloat(2), true, true, 'a', null]);
    expect(castValue(declaration, 2)).toBe(2);
    expect(castFaultOf(declaration, '"a"').status).toBe(400);
  });

  it('select accepts a long integer as JavaScript rounds it, if no other option is rounded to it', () => {
    const options = (...values: readonly bigint[]) => ({
      dtype: 'select',
      values: values.map((value) => ({ name: 'n', value })),
    });
    const long = 12345678901234567890n;
    const rounded = Number(long);
    expect(castValue(options(long, 1n), long)).toBe(long);
    expect(castValue(options(long, 1n), BigInt(rounded))).toBe(long);
    expect(castValue(options(long, long), BigInt(rounded))).toBe(long);
    expect(castFaultOf(options(long, long + 1n), BigInt(rounded)).status).toBe(400);
  });

  it('G15: string takes the text form of any value', () => {
    expect([2, 'ABC', null, true, 2.5, [1]].map((value) => castValue({ dtype: 'string' }, value))).toEqual([
      '2',
      'ABC',
      'None',
      'True',
      '2.5',
      '[1]',
    ]);
  });

  it('string rejects wire objects and NUL', () => {
    expect(castFaultOf({ dtype: 'string' }, { type: '$dir', value: {} }).status).toBe(400);
    expect(castFaultOf({ dtype: 'string' }, file('f')).status).toBe(400);
    expect(castFaultOf({ dtype: 'string' }, 'a\0b').message).toContain('NUL');
  });

  it('G16: the value of a file is its declared target', () => {
    expect(cast({ dtype: 'file', target: 'data/x' }, file('f1'))).toEqual({
      name: 'p',
      value: 'data/x',
      files: [{ fileId: 'f1', targetPath: 'data/x', declared: true }],
    });
  });

  it('G17: the value of a file without target is its default value', () => {
    expect(cast({ dtype: 'file', defaultValue: 'd' }, file('f1', null))).toMatchObject({
      value: 'd',
      files: [{ targetPath: 'd', declared: true }],
    });
  });

  it('G18: a file without any target path is rejected', () => {
    expect(castFaultOf({ dtype: 'file' }, file('f1')).message).toContain('missing target path');
    expect(castFaultOf({ dtype: 'file' }, file('f1', '')).message).toContain('missing target path');
  });

  it('G19: the target path of the user overrides the declared one', () => {
    expect(cast({ dtype: 'file', target: 'data/x' }, file('f1', './mine/y'))).toMatchObject({
      value: 'mine/y',
      files: [{ targetPath: 'mine/y', declared: false }],
    });
  });

  it.each(['/abs', '../x', 'a/../../x', 'a\\..\\x', 'a\0b', 'dir/', 5])(
    'rejects the target path %o',
    (path) => {
      expect(castFaultOf({ dtype: 'file', target: 'data/x' }, file('f1', path)).code).toBe(
        'argument.invalid',
      );
    },
  );

  it.each([
    ['f1'],
    [{ fileId: 'f1' }],
    [{ type: '$dir', value: { fileId: 'f1' } }],
    [{ type: '$file', value: 'f1' }],
    [{ type: '$file', value: { fileId: 5 } }],
    [{ type: '$file', value: { fileId: 'f1', as: 'x' } }],
    [{ ...file('f1'), extra: 1 }],
    [null],
  ])('rejects %o for a file', (value) => {
    expect(castFaultOf({ dtype: 'file', target: 'x' }, value).status).toBe(400);
  });

  it('rejects uploads at paths of static files, unless the template declares the path', () => {
    const lookups = { staticFiles: ['data/names.txt', 'code/score.py'] };
    const declaration = { dtype: 'file', target: 'data/names.txt' };

    expect(cast(declaration, file('f1'), lookups).value).toBe('data/names.txt');
    expect(cast(declaration, file('f1', 'data/names.txt'), lookups).value).toBe('data/names.txt');
    expect(cast(declaration, file('f1', 'other.txt'), lookups).value).toBe('other.txt');
    for (const path of ['data/other.txt', 'code/json.py', 'code/helper/__init__.py']) {
      expect(faultOf(() => cast(declaration, file('f1', path), lookups)).message).toContain(
        `'${path}' is in the folder`,
      );
    }
    for (const path of ['code/score.py', 'code', 'code/score.py/x']) {
      expect(faultOf(() => cast(declaration, file('f1', path), lookups)).message).toContain(
        'belongs to a file',
      );
    }
  });
});
