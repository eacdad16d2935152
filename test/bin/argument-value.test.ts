import { describe, expect, it } from 'vitest';
import { collectArgument } from '../../bin/commands/runs/argument-option.ts';
import { parseValue, shownDefault } from '../../bin/commands/runs/argument-value.ts';
import type { Parameter } from '../../shared/api/answers.ts';

const parameter = (dtype: string, more: Partial<Parameter> = {}): Parameter => ({
  name: 'p',
  dtype,
  index: 0,
  isRequired: true,
  ...more,
});

describe('a typed argument', () => {
  it.each(['true', 'Yes', 'y', 'T', ' 1 '])('N19: %j is true', (text) => {
    expect(parseValue(parameter('bool'), text)).toBe(true);
  });

  it.each(['false', 'no', 'N', 'f', '0'])('N19: %j is false', (text) => {
    expect(parseValue(parameter('bool'), text)).toBe(false);
  });

  it('N19: is rejected if it is not a boolean, and is the default if it is empty', () => {
    expect(() => parseValue(parameter('bool'), 'xyz')).toThrow("'xyz' is neither yes nor no");
    expect(() => parseValue(parameter('bool'), '')).toThrow();
    expect(parseValue(parameter('bool', { defaultValue: false }), '')).toBe(false);
  });

  it('N20: is a number or rejected, and the default if it is empty', () => {
    expect(parseValue(parameter('int'), ' -7 ')).toBe(-7);
    expect(parseValue(parameter('float'), '1.5e3')).toBe(1500);
    expect(parseValue(parameter('float'), '.5')).toBe(0.5);
    for (const text of ['', 'x', '3.0', '0x10', '1 2']) {
      expect(() => parseValue(parameter('int'), text)).toThrow(`'${text}' is not a valid int`);
    }
    for (const text of ['', 'x', '1e', '.', 'nan']) {
      expect(() => parseValue(parameter('float'), text)).toThrow(`'${text}' is not a valid float`);
    }
    expect(parseValue(parameter('int', { defaultValue: 10 }), '')).toBe(10);
  });

  it('is sent as text if JSON cannot represent the number', () => {
    expect(parseValue(parameter('float'), '-INF')).toBe('-inf');
    expect(parseValue(parameter('int'), '9007199254740993')).toBe('9007199254740993');
  });

  it('is an option of an enumeration by its name or value', () => {
    const values = [
      { name: 'Few', value: 1 },
      { name: 'Many', value: 'm' },
    ];
    const select = parameter('select', { values });
    expect(parseValue(select, 'Few')).toBe(1);
    expect(parseValue(select, '1')).toBe(1);
    expect(parseValue(select, 'm')).toBe('m');
    expect(parseValue(select, '1.0')).toBe(1);
    expect(() => parseValue(select, 'none')).toThrow("'none' is not one of the options: Few, Many");
  });

  it('is the unchanged text, or the default, or empty', () => {
    expect(parseValue(parameter('string'), ' a ')).toBe(' a ');
    expect(parseValue(parameter('string', { defaultValue: 'Hello' }), '')).toBe('Hello');
    expect(parseValue(parameter('string'), '')).toBe('');
  });

  it('is JSON for lists and records, whose defaults the server applies', () => {
    expect(parseValue(parameter('list'), '[1, 2]')).toEqual([1, 2]);
    expect(() => parseValue(parameter('record'), 'a')).toThrow('a record must be given as JSON, such as {');
    expect(() => parseValue(parameter('actor'), 'step.json')).toThrow(
      'a step must be given as JSON, such as {"environment": ',
    );
    expect(parseValue(parameter('list', { defaultValue: [1] }), '')).toBeUndefined();
  });

  it.each(['bool', 'int', 'float', 'string', 'select', 'list', 'record', 'actor', 'file'])(
    'is omitted if an optional %s is empty (report 26)',
    (dtype) => {
      expect(parseValue(parameter(dtype, { isRequired: false }), ' ')).toBeUndefined();
    },
  );

  it('is the default step of a form if a required actor is empty, and omitted if it is optional', () => {
    const defaultValue = ['container', { image: 'i', commands: ['c'] }];
    const actor = (isRequired: boolean) => parameter('actor', { isRequired, defaultValue });
    expect(parseValue(actor(true), '')).toEqual(defaultValue);
    expect(parseValue(actor(false), '')).toBeUndefined();
    expect([actor(true), actor(false)].map(shownDefault)).toEqual([JSON.stringify(defaultValue), undefined]);
  });
});

describe('an argument option', () => {
  it('is split at its first equals sign', () => {
    expect(collectArgument('a=b=c', collectArgument('x='))).toEqual([
      { name: 'x', text: '' },
      { name: 'a', text: 'b=c' },
    ]);
  });

  it('is rejected without a name, and if it is repeated', () => {
    expect(() => collectArgument('abc')).toThrow('name=value');
    expect(() => collectArgument('=abc')).toThrow('name=value');
    expect(() => collectArgument('a=2', [{ name: 'a', text: '1' }])).toThrow("'a' is given twice");
  });
});
