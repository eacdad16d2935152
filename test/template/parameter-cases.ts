import fc from 'fast-check';
import { exactJson, parseExactly } from '../../shared/documents/exact-json.ts';
import type { PythonValue } from '../../shared/documents/python-value.ts';
import { FlowservError } from '../../shared/errors.ts';
import { type Arguments, castArguments, type SuppliedArgument } from '../../shared/template/arguments.ts';
import type { Parameter } from '../../shared/template/parameter.ts';
import { declarationOf, type plainScalar, valueFor, type Written } from './arbitrary-parameters.ts';

/** The value as a client receives it. */
export const asClient = (value: unknown) => JSON.parse(JSON.stringify(value));
const jsonOf = (value: unknown) => JSON.stringify(exactJson(value as PythonValue));

export const suppliedOf = (values: ReadonlyMap<string, unknown>): SuppliedArgument[] =>
  [...values].map(([name, value]) => ({ name, value: parseExactly(jsonOf(value)) }));

/** Returns the cast arguments; undefined if they are rejected. */
export function cast(
  parameters: readonly Parameter[],
  supplied: readonly SuppliedArgument[],
): Arguments | undefined {
  try {
    return castArguments(parameters, supplied);
  } catch (error) {
    if (error instanceof FlowservError) return undefined;
    throw error;
  }
}

/** Number of cases of each property, chosen to take about ten seconds. */
export const RUNS = 200;

const NAMES = ['a', 'b', 'ü x'];
export const declarations = fc
  .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .chain((names) => fc.tuple(...names.map((name) => declarationOf(name, 2))));

/** Values for some of the parameters. */
export const valuesFor = (written: readonly Written[], scalars: typeof plainScalar) =>
  fc
    .tuple(
      ...written.map((one) =>
        fc.option(
          valueFor(one, scalars).map((value) => ({ value })),
          { freq: 4 },
        ),
      ),
    )
    .map(
      (values) =>
        new Map(
          values.flatMap((entry, i) => (entry ? [[written[i]?.name ?? '', entry.value] as const] : [])),
        ),
    );

/** Counts the occurrences of cases, so that a test can assert that it covers them. */
export function counter() {
  const counts = new Map<string, number>();
  return {
    of: (name: string) => counts.get(name) ?? 0,
    add: (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1),
  };
}
