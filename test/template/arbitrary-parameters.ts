import fc from 'fast-check';
import { pythonFloat } from '../../shared/documents/python-value.ts';
import { FlowservError } from '../../shared/errors.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { reportUnusable } from '../../shared/template/usability.ts';

/** A declaration as an organiser writes it. */
export interface Written {
  readonly name: string;
  readonly dtype: string;
  readonly isRequired?: boolean;
  readonly defaultValue?: unknown;
  readonly range?: string;
  readonly target?: string | null;
  readonly values?: readonly {
    readonly name: string;
    readonly value: unknown;
    readonly isDefault?: boolean;
  }[];
  readonly para?: Written;
  readonly fields?: readonly Written[];
}

const scalar = fc.oneof(
  fc.constantFrom<unknown>(0, 1, 2, -1, 1.5, '1', '2.0', 'a', '', ' a ', true, false, null, 'True', 'inf'),
  fc.string({ maxLength: 5 }),
  fc.integer({ min: -9, max: 9 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const optionValue = fc.oneof(
  scalar,
  fc.constantFrom<unknown>(
    pythonFloat(1),
    pythonFloat(2),
    Number.POSITIVE_INFINITY,
    Number.NaN,
    12345678901234567890n,
    [1, 'a'],
    { k: true },
  ),
);

const range = fc
  .tuple(
    fc.constantFrom('[', '('),
    fc.constantFrom('', '-3', '0', '0.5'),
    fc.constantFrom('', '1', '2.5', '4'),
    fc.constantFrom(']', ')'),
  )
  .map(([open, low, high, close]) => `${open}${low},${high}${close}`);

const options = fc.array(
  fc.record(
    { name: fc.constantFrom('One', 'Two', '1', 'x y'), value: optionValue, isDefault: fc.boolean() },
    { requiredKeys: ['name', 'value'] },
  ),
  { minLength: 1, maxLength: 4 },
);

type Fields = Omit<Written, 'name'>;

const simple: fc.Arbitrary<Fields> = fc.oneof(
  fc.constantFrom<Fields>({ dtype: 'bool' }, { dtype: 'string' }, { dtype: 'actor' }),
  fc.record({ dtype: fc.constantFrom('int', 'float'), range }, { requiredKeys: ['dtype'] }),
  fc.record({ dtype: fc.constant('select'), values: options }),
  fc.record({ dtype: fc.constant('file'), target: fc.constantFrom(null, 'data/x') }),
);

const flags = fc.constantFrom({}, { isRequired: true }, { isRequired: false });

/** Fields of a declaration, with lists and records up to the given depth. */
const fieldsOf = (depth: number): fc.Arbitrary<Fields> =>
  depth === 0
    ? simple
    : fc.oneof(
        { weight: 3, arbitrary: simple },
        { weight: 1, arbitrary: declarationOf('e', depth - 1).map((para) => ({ dtype: 'list', para })) },
        {
          weight: 1,
          arbitrary: fc
            .uniqueArray(fc.constantFrom('x', 'constructor', 'ü y', 'type'), { maxLength: 3 })
            .chain((names) => fc.tuple(...names.map((name) => declarationOf(name, depth - 1))))
            .map((fields) => ({ dtype: 'record', fields })),
        },
      );

/** A valid declaration: without a default value that it would reject. */
export function declarationOf(name: string, depth: number): fc.Arbitrary<Written> {
  const withDefault = (fields: Fields): fc.Arbitrary<Written> => {
    const written = { name, ...fields };
    return fc
      .option(fields.dtype === 'file' ? fc.constant('data/default') : valueFor(written, looseScalar))
      .map((defaultValue) => (defaultValue === null ? written : { ...written, defaultValue }));
  };
  return fc
    .tuple(fieldsOf(depth), flags)
    .chain(([fields, flag]) => withDefault({ ...fields, ...flag }))
    .map((written) => {
      if (isUsable(written)) return written;
      const { defaultValue: _invalid, ...rest } = written;
      return rest;
    })
    .filter(isUsable);
}

function isUsable(written: Written): boolean {
  try {
    parseParameters([written], reportUnusable);
    return true;
  } catch (error) {
    if (error instanceof FlowservError) return false;
    throw error;
  }
}

type Scalars = (written: Written) => fc.Arbitrary<unknown>;

/** Values of a type in its plainest spelling; a number may be out of its range. */
export const plainScalar: Scalars = ({ dtype, values = [] }) => {
  if (dtype === 'bool') return fc.boolean();
  if (dtype === 'string') return fc.oneof(fc.string({ maxLength: 8 }), fc.constant('a\0b'));
  if (dtype === 'int') return fc.integer({ min: -5, max: 5 });
  if (dtype === 'float')
    return fc.oneof(fc.constantFrom(0, 0.5, 1, 3), fc.double({ noNaN: true, noDefaultInfinity: true }));
  if (dtype === 'select') return fc.constantFrom(...values.map(({ value }) => value));
  const environment = fc.constantFrom('i', 'python:3.9');
  const commands = fc.array(fc.constantFrom('true', 'sh run.sh'), { minLength: 1, maxLength: 2 });
  return fc.record({ environment, commands });
};

/** The same values in the spellings of clients, and some invalid ones. */
export const looseScalar: Scalars = (written) => {
  const plain = plainScalar(written);
  if (written.dtype === 'actor') {
    const step = fc.record({
      image: fc.constant('i'),
      commands: fc.constant(['true']),
      env: fc.constant({}),
    });
    return fc.oneof(
      plain,
      step,
      plain.map((value) => ['container', value]),
      scalar,
    );
  }
  const spelled = fc.constantFrom<unknown>('true', 'F', 1, '0', 'inf', '-inf', 'nan', ' 2 ', '1e-5', '3.0');
  return fc.oneof(
    plain,
    plain.map((value) => (typeof value === 'number' ? String(value) : value)),
    spelled,
    scalar,
  );
};

const upload = fc.uuid().chain((id) =>
  fc.record({
    type: fc.constant('$file'),
    value: fc.record(
      { fileId: fc.constant(id), targetPath: fc.constantFrom(`in/${id}`, `in/${id}`, '', null) },
      { requiredKeys: ['fileId'] },
    ),
  }),
);

/** Values for a declaration; some omit fields, and some are invalid. */
export function valueFor(written: Written, scalars: Scalars): fc.Arbitrary<unknown> {
  const { dtype, para, fields = [] } = written;
  const isLoose = scalars === looseScalar;
  if (dtype === 'file') return upload;
  if (dtype === 'list' && para) return fc.array(valueFor(para, scalars), { maxLength: 2 });
  if (dtype !== 'record') return scalars(written);
  const members = fc
    .tuple(
      ...fields.map((field) =>
        fc.option(valueFor(field, scalars).map((value) => ({ name: field.name, value }))),
      ),
    )
    .map((given) => given.filter((member) => member !== null));
  const mapping = members.map((given) => Object.fromEntries(given.map(({ name, value }) => [name, value])));
  return isLoose ? fc.oneof(members, mapping) : mapping;
}
