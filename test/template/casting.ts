import { expect } from 'vitest';
import { type ArgumentLookups, castArgument } from '../../shared/template/arguments.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { faultOf } from './faults.ts';

/** Casts one value by a declaration of which only the type needs to be given. */
export function cast(declaration: object, value: unknown, lookups: ArgumentLookups = {}) {
  const [parameter] = parseParameters([{ name: 'p', ...declaration }]);
  if (parameter === undefined) return expect.fail('no parameter');
  return castArgument(parameter, value, lookups);
}

/** The cast value alone. */
export const castValue = (declaration: object, value: unknown) => cast(declaration, value).value;

/** The error that a cast ends with. */
export const castFaultOf = (declaration: object, value: unknown) => faultOf(() => cast(declaration, value));

/** A file argument as clients send it. */
export const file = (fileId: string, targetPath?: unknown) => ({
  type: '$file',
  value: { fileId, targetPath },
});
