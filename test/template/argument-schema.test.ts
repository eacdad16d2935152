import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentSchema } from '../../shared/template/argument-schema.ts';
import { castArguments } from '../../shared/template/arguments.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { helloWorld } from './hello-world.ts';

/** Strict: unknown keywords, and what a form library may stumble over, are errors. */
const ajv = new Ajv2020({ strict: true, strictTypes: false });

/** As a client has it that has read it. */
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
  ])('of %j has %j', (fields, expected) => {
    expect(propertiesOf(typed(fields))).toMatchObject({ x: expected });
  });

  it('asks for the path of a file where none is declared', () => {
    const target = (fields: object) => {
      const valid = ajv.compile(schemaOf(typed({ dtype: 'file', ...fields })));
      return valid({ x: { type: '$file', value: { fileId: 'f' } } });
    };
    expect(target({})).toBe(false);
    expect(target({ target: 'data/x' })).toBe(true);
    expect(target({ defaultValue: 'data/x' })).toBe(true);
  });

  it('never shows as default what is no JSON, nor the path of a file', () => {
    expect(
      propertiesOf(typed({ dtype: 'float', defaultValue: Number.POSITIVE_INFINITY })),
    ).not.toHaveProperty('x.default');
    expect(propertiesOf(typed({ dtype: 'file', defaultValue: 'data/x' }))).not.toHaveProperty('x.default');
  });

  it('accepts nothing that a run would refuse, of any parameters', () => {
    const name = fc.constantFrom('a', 'b', 'constructor', 'ü x');
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
    const range = fc
      .tuple(fc.integer({ min: -5, max: 0 }), fc.integer({ min: 0, max: 5 }), fc.constantFrom('[', '('))
      .map(([low, high, open]) => `${open}${low},${high}]`);
    const simple = fc.oneof(
      fc.constantFrom({ dtype: 'bool' }, { dtype: 'string' }, { dtype: 'actor' }),
      fc.record({ dtype: fc.constantFrom('int', 'float'), range }, { requiredKeys: ['dtype'] }),
      fc.record({
        dtype: fc.constant('select'),
        values: fc.array(fc.record({ name: fc.string(), value: scalar }), { maxLength: 3 }),
      }),
      fc.record({ dtype: fc.constant('file'), target: fc.constantFrom(null, 'data/x') }),
    );
    const complete = (fields: object, key: string) => nested({ name: key, ...fields });
    const deep = fc.oneof(
      simple,
      simple.map((para) => ({ dtype: 'list', para: complete(para, 'y') })),
      fc.array(simple, { maxLength: 3 }).map((all) => ({
        dtype: 'record',
        fields: all.map((each, i) => complete(each, `f${i}`)),
      })),
    );
    const declarations = fc.uniqueArray(fc.tuple(name, deep, fc.boolean()), {
      selector: ([key]) => key,
      maxLength: 3,
    });
    const file = fc.record({
      type: fc.constant('$file'),
      value: fc.record(
        { fileId: fc.constantFrom('f', ''), targetPath: fc.constantFrom('x', '') },
        { requiredKeys: [] },
      ),
    });
    const action = fc.record(
      {
        environment: fc.constantFrom('i', ' '),
        commands: fc.array(fc.constantFrom('a', ''), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    );
    const leaf = fc.oneof(scalar, file, action);
    const value = fc.oneof(
      leaf,
      fc.array(leaf, { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('f0', 'f1', 'f2'), leaf),
    );
    let accepted = 0;
    const check = (
      given: readonly (readonly [string, object, boolean])[],
      instance: Readonly<Record<string, unknown>>,
    ) => {
      const list = given.map(([key, fields, isRequired]) => ({ name: key, isRequired, ...fields }));
      const parameters = parseParameters(list);
      const schema = argumentSchema(parameters, 'T');
      expect(ajv.validateSchema(schema)).toBe(true);
      const clean: unknown = JSON.parse(JSON.stringify(instance).replaceAll('\\u0000', ''));
      const valid = ajv.compile(schema)(clean);
      ajv.removeSchema(schema);
      if (!valid) return;
      accepted += 1;
      const supplied = Object.entries(Object(clean)).map(([key, content]) => ({ name: key, value: content }));
      expect(() => castArguments(parameters, supplied)).not.toThrow();
    };
    fc.assert(fc.property(declarations, fc.dictionary(name, value, { maxKeys: 3 }), check), {
      numRuns: 2000,
    });
    // About 220, give or take 15; the property says something only about these.
    expect(accepted).toBeGreaterThan(100);
  });
});
