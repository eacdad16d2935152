import { expect } from 'vitest';
import { type ArgumentLookups, castArgument } from '../../shared/template/arguments.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { faultOf } from './faults.ts';

/** Casts one value by a declaration; only the type is required. */
export function cast(declaration: object, value: unknown, lookups: ArgumentLookups = {}) {
  const [parameter] = parseParameters([{ name: 'p', ...declaration }]);
  if (parameter === undefined) return expect.fail('no parameter');
  return castArgument(parameter, value, lookups);
}

/** Returns only the cast value. */
export const castValue = (declaration: object, value: unknown) => cast(declaration, value).value;

/** Returns the error of a cast. */
export const castFaultOf = (declaration: object, value: unknown) => faultOf(() => cast(declaration, value));

/** A file argument as clients send it. */
export const file = (fileId: string, targetPath?: unknown) => ({
  type: '$file',
  value: { fileId, targetPath },
});
