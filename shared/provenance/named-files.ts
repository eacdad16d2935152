import { isList, isMapping, type PythonValue } from '../documents/python-value.ts';
import { declarationDocument } from '../template/declaration.ts';
import type { Parameter } from '../template/parameter.ts';

/** Whether a declaration names one of these files anywhere: as its target, in its default value or in an option. */
export const namesFile = (parameter: Parameter, paths: ReadonlySet<string>): boolean =>
  paths.size > 0 && holdsText(declarationDocument(parameter), paths);

function holdsText(value: PythonValue, texts: ReadonlySet<string>): boolean {
  if (typeof value === 'string') return texts.has(value);
  if (isList(value)) return value.some((item) => holdsText(item, texts));
  return isMapping(value) && Object.values(value).some((item) => holdsText(item, texts));
}
