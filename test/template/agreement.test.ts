import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactJson, parseExactly } from '../../shared/documents/exact-json.ts';
import { pythonText } from '../../shared/documents/python-text.ts';
import { isList, isMapping, type PythonValue, pythonEquals } from '../../shared/documents/python-value.ts';
import { argumentSchema, plain } from '../../shared/template/argument-schema.ts';
import {
  type Arguments,
  castArguments,
  castDefaultValue,
  type SuppliedArgument,
} from '../../shared/template/arguments.ts';
import type { Parameter } from '../../shared/template/parameter.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { looseScalar, plainScalar, type Written } from './arbitrary-parameters.ts';
import { asClient, cast, counter, declarations, RUNS, suppliedOf, valuesFor } from './parameter-cases.ts';

const ajv = new Ajv2020({ strict: true, strictTypes: false, ownProperties: true });

function validator(parameters: readonly Parameter[]) {
  const schema = asClient(argumentSchema(parameters, 'T'));
  const valid = ajv.compile(schema);
  ajv.removeSchema(schema);
  return { schema, accepts: (instance: unknown) => valid(asClient(instance)) };
}

const NOT_JSON = Symbol('NaN, an infinity, or a step that is not a container step');

/** The plainest spelling of a cast argument: its value as JSON, but files as given. */
function plainOf(parameter: Parameter, given: PythonValue, value: PythonValue): unknown {
  if (parameter.dtype === 'file') return plainFile(given);
  if (parameter.dtype === 'list' && isList(value) && isList(given)) {
    const items = value.map((item, i) => plainOf(parameter.para, given[i] ?? null, item));
    return items.includes(NOT_JSON) ? NOT_JSON : items;
  }
  if (parameter.dtype === 'record' && isMapping(value)) {
    const pairs = isList(given)
      ? given.map((pair) => (isMapping(pair) ? [pair.name, pair.value] : []))
      : Object.entries(given ?? {});
    const members = new Map(pairs.map(([name, member]) => [String(name), member as PythonValue]));
    const fields: readonly Parameter[] = parameter.fields;
    const plainMembers = fields.flatMap((field) => {
      const member = members.get(field.name);
      return member === undefined
        ? []
        : [[field.name, plainOf(field, member, value[field.name] ?? null)] as const];
    });
    return plainMembers.some(([, member]) => member === NOT_JSON)
      ? NOT_JSON
      : Object.fromEntries(plainMembers);
  }
  return plain(parameter, value) ?? NOT_JSON;
}

function plainFile(given: PythonValue): unknown {
  const { fileId, targetPath } = isMapping(given) && isMapping(given.value) ? given.value : {};
  return { type: '$file', value: { fileId, ...(targetPath ? { targetPath } : {}) } };
}

/** In Python a list with NaN does not equal another one, but both have the same text. */
const isSame = (a: PythonValue | undefined, b: PythonValue | undefined) =>
  Object.is(a, b) ||
  (a !== undefined && b !== undefined && (pythonEquals(a, b) || pythonText([a]) === pythonText([b])));

type Case = readonly [readonly Written[], ReadonlyMap<string, unknown>];

const casesWith = (...scalars: readonly (typeof plainScalar)[]): fc.Arbitrary<Case> =>
  declarations.chain((written) =>
    fc.tuple(fc.constant(written), fc.oneof(...scalars.map((one) => valuesFor(written, one)))),
  );

describe('schema and cast', () => {
  it('accept the same arguments (reports 8, 9, 10)', () => {
    const count = counter();
    const check = ([written, values]: Case) => {
      const parameters = parseParameters(written);
      const { accepts } = validator(parameters);
      const supplied = suppliedOf(values);
      const isValid = accepts(
        Object.fromEntries(supplied.map(({ name, value }) => [name, exactJson(value)])),
      );
      if (isValid) expect(() => castArguments(parameters, supplied)).not.toThrow();
      count.add(isValid ? 'valid' : 'invalid');
      const given = cast(parameters, supplied);
      if (given === undefined) count.add('rejected');
      else checkPlain(parameters, accepts, supplied, given);
    };

    const checkPlain = (
      parameters: readonly Parameter[],
      accepts: (instance: unknown) => boolean,
      supplied: readonly SuppliedArgument[],
      given: Arguments,
    ) => {
      const plainly = supplied.map(({ name, value }) => {
        const parameter = parameters.find((one) => one.name === name);
        return [name, parameter && plainOf(parameter, value, given.get(name)?.value ?? null)] as const;
      });
      count.add(plainly.some(([, value]) => value === NOT_JSON) ? 'not JSON' : 'JSON');
      if (plainly.some(([, value]) => value === NOT_JSON)) return;
      expect(accepts(Object.fromEntries(plainly))).toBe(true);
      const again = plainly.map(([name, value]) => ({ name, value: parseExactly(JSON.stringify(value)) }));
      const twice = castArguments(parameters, again);
      for (const [name, { value }] of given) expect(isSame(twice.get(name)?.value, value)).toBe(true);
    };

    fc.assert(fc.property(casesWith(plainScalar, looseScalar), check), { numRuns: RUNS });

    const kinds = ['valid', 'invalid', 'rejected', 'JSON'];
    expect(kinds.filter((kind) => count.of(kind) < RUNS / 10)).toEqual([]);
  });

  /** Found with the seed 105026494: the text of the default value selects another option. */
  const INFINITY_OR_ITS_TEXT: Written = {
    name: 'a',
    dtype: 'select',
    values: [
      { name: 'Text', value: 'inf' },
      { name: 'Number', value: Number.POSITIVE_INFINITY, isDefault: true },
    ],
  };

  it('require the same arguments, and have the same default values', () => {
    const check = (written: readonly Written[]) => {
      const parameters = parseParameters(written);
      const { schema } = validator(parameters);
      expect(ajv.validateSchema(schema)).toBe(true);
      for (const parameter of parameters) {
        const isNeeded = schema.required.includes(parameter.name);
        expect(cast([parameter], []) === undefined).toBe(isNeeded);
        const byDefault = castDefaultValue(parameter);
        const { default: shown } = schema.properties[parameter.name];
        if (shown === undefined) continue;
        const instance = { [parameter.name]: shown };
        expect(validator([parameter]).accepts(instance)).toBe(true);
        const supplied = { name: parameter.name, value: parseExactly(JSON.stringify(shown)) };
        const sentBack = castArguments([parameter], [supplied]).get(parameter.name)?.value;
        expect(isSame(sentBack, byDefault)).toBe(true);
      }
    };

    fc.assert(fc.property(declarations, check), { numRuns: RUNS, examples: [[[INFINITY_OR_ITS_TEXT]]] });
  });
});
