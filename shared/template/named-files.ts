import { isList, isMapping, type PythonValue } from '../documents/python-value.ts';
import { declarationDocument } from './declaration.ts';
import type { Parameter } from './parameter.ts';

/** Whether a declaration names one of these files anywhere: as its target, in its default value or in an option. */
export const namesFile = (parameter: Parameter, paths: ReadonlySet<string>): boolean =>
  paths.size > 0 && holdsText(declarationDocument(parameter), paths);

function holdsText(value: PythonValue, texts: ReadonlySet<string>): boolean {
  if (typeof value === 'string') return texts.has(value);
  if (isList(value)) return value.some((item) => holdsText(item, texts));
  return isMapping(value) && Object.values(value).some((item) => holdsText(item, texts));
}

/** Declarations that do not name one of these files. */
export function withoutFiles(
  parameters: readonly Parameter[],
  paths: readonly string[],
): readonly Parameter[] {
  const hidden = new Set(paths);
  return parameters.filter((parameter) => !namesFile(parameter, hidden));
}
