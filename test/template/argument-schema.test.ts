import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { argumentSchema } from '../../shared/template/argument-schema.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { helloWorld } from './hello-world.ts';

/** Strict: unknown keywords, and schemas that form libraries may not support, are errors. */
const ajv = new Ajv2020({ strict: true, strictTypes: false });

/** Returns the schema as a client reads it from JSON. */
const schemaOf = (parameters: unknown) =>
  JSON.parse(JSON.stringify(argumentSchema(parseParameters(parameters), 'Title')));
const propertiesOf = (parameters: unknown) => schemaOf(parameters).properties;
const typed = (fields: object) => [{ name: 'x', ...fields }];
const nested = (fields: object) => ({ index: 0, isRequired: true, ...fields });

describe('the schema of arguments', () => {
  it('describes the form of the hello-world benchmark', () => {
    const schema = schemaOf(helloWorld.parameters);
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Title',
      type: 'object',
      required: ['names'],
      additionalProperties: false,
    });
    const valid = ajv.compile(schema);
    const names = { type: '$file', value: { fileId: 'abc' } };
    expect(valid({ names, greeting: 'Hi', sleeptime: 3 })).toBe(true);
    expect(valid({ names })).toBe(true);
    expect(valid({ greeting: 'Hi' })).toBe(false);
    expect(valid({ names: 'names.txt' })).toBe(false);
    expect(valid({ names, other: 1 })).toBe(false);
  });

  it('lists parameters in the order of the form', () => {
    const list = [
      { name: 'second', dtype: 'bool', index: 1 },
      { name: 'first', dtype: 'bool', index: 0 },
    ];
    expect(Object.keys(propertiesOf(list) ?? {})).toEqual(['first', 'second']);
  });

  it.each([
    [{ dtype: 'bool' }, { type: 'boolean' }],
    [
      { dtype: 'string', label: 'L', help: 'H' },
      { type: 'string', title: 'L', description: 'H' },
    ],
    [
      { dtype: 'int', range: '[0,10)' },
      { type: 'integer', minimum: 0, exclusiveMaximum: 10 },
    ],
    [
      { dtype: 'float', range: '(,0.5]' },
      { type: 'number', maximum: 0.5 },
    ],
    [{ dtype: 'int', defaultValue: 10 }, { default: 10 }],
    [
      { dtype: 'list', para: nested({ name: 'y', dtype: 'int' }) },
      { type: 'array', items: { title: 'y', type: 'integer' } },
    ],
    [
      { dtype: 'record', fields: [nested({ name: 'y', dtype: 'bool' })] },
      { type: 'object', properties: { y: { type: 'boolean' } }, required: ['y'] },
    ],
    [
      {
        dtype: 'select',
        values: [
          { name: 'One', value: 1 },
          { name: 'Two', value: 2, isDefault: true },
          { name: 'Also one', value: 1 },
        ],
      },
      {
        oneOf: [
          { const: 1, title: 'One' },
          { const: 2, title: 'Two' },
        ],
        default: 2,
      },
    ],
    [
      { dtype: 'actor', defaultValue: ['container', { image: 'i', commands: ['a'] }] },
      { type: 'object', default: { environment: 'i', commands: ['a'] } },
    ],
  ])('of the parameter %j contains %j', (fields, expected) => {
    expect(propertiesOf(typed(fields))).toMatchObject({ x: expected });
  });

  it('shows default values as a form would send them (report 9)', () => {
    const values = [
      { name: 'One', value: 1 },
      { name: 'Infinite', value: Number.POSITIVE_INFINITY, isDefault: true },
    ];
    const fields = [
      { name: 'y', dtype: 'int', defaultValue: 3 },
      { name: 'z', dtype: 'float' },
    ];
    const list = [
      { name: 'int', dtype: 'int', defaultValue: ' 5 ' },
      { name: 'bool', dtype: 'bool', defaultValue: 'T' },
      { name: 'select', dtype: 'select', values },
      { name: 'record', dtype: 'record', fields, defaultValue: [{ name: 'z', value: '0.5' }] },
    ];
    expect(propertiesOf(list)).toMatchObject({
      int: { default: 5 },
      bool: { default: true },
      select: { default: 'inf', oneOf: [{ const: 1 }, { const: 'inf' }] },
      record: { default: { y: 3, z: 0.5 } },
    });
  });

  it('requires the path of a file if none is declared', () => {
    const target = (fields: object) => {
      const valid = ajv.compile(schemaOf(typed({ dtype: 'file', ...fields })));
      return valid({ x: { type: '$file', value: { fileId: 'f' } } });
    };
    expect(target({})).toBe(false);
    expect(target({ target: 'data/x' })).toBe(true);
    expect(target({ defaultValue: 'data/x' })).toBe(true);
  });

  it('never shows a default that JSON cannot represent, nor the path of a file', () => {
    expect(
      propertiesOf(typed({ dtype: 'float', defaultValue: Number.POSITIVE_INFINITY })),
    ).not.toHaveProperty('x.default');
    expect(propertiesOf(typed({ dtype: 'int', defaultValue: 'inf' }))).not.toHaveProperty('x.default');
    expect(propertiesOf(typed({ dtype: 'file', defaultValue: 'data/x' }))).not.toHaveProperty('x.default');
  });
});
