/** The list of parameters of a template or of a group. */

import { exactJson } from '../documents/exact-json.ts';
import { listAt } from '../documents/fields.ts';
import { below, type Place, report, withoutProblems } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import { isMapping, type PythonValue, toPythonValue } from '../documents/python-value.ts';
import { declarationDocument, readDeclaration } from './declaration.ts';
import { normaliseParameter } from './normalise.ts';
import type { Parameter } from './parameter.ts';

/** Most parameters of one template; a form of more is no form. */
export const MAX_PARAMETERS = 10_000;

export interface ParameterList {
  readonly parameters: readonly Parameter[];
  /** Every declared name, those of declarations with problems included. */
  readonly names: ReadonlySet<string>;
}

/** Reads the list at a place and reports its problems. Null and undefined are an empty list. */
export function readParameterList(value: PythonValue | undefined, place: Place): ParameterList {
  const declarations = listAt(value ?? [], place);
  if (declarations.length > MAX_PARAMETERS) {
    report(place, `more than ${MAX_PARAMETERS} parameters`);
    return { parameters: [], names: new Set() };
  }
  const names = new Set<string>();
  const parameters: Parameter[] = [];
  for (const [i, declaration] of declarations.entries()) {
    const at = below(place, i);
    const normal = normaliseParameter(declaration);
    const name = isMapping(normal) ? normal.name : undefined;
    if (typeof name === 'string') {
      if (names.has(name)) report(at, `duplicate parameter '${quotedText(name)}'; names must be unique`);
      names.add(name);
    }
    const parameter = readDeclaration(declaration, at, i);
    if (parameter !== undefined) parameters.push(parameter);
  }
  return { parameters, names };
}

/**
 * Parses a list of declarations that stands alone, such as the parameters of one group.
 *
 * @param list declarations in any spelling; null and undefined count as an empty list.
 * @throws 400 for the first problem, with its path, e.g. `parameters[2].range`.
 */
export function parseParameters(list: unknown): readonly Parameter[] {
  const read = (place: Place) => readParameterList(toPythonValue(list ?? null), place);
  return withoutProblems('parameters', read).parameters;
}

/**
 * The parameters as the HTTP API serves them: canonical spelling, in the order of their declaration, numbers with all
 * their digits. Clients arrange their forms by `index`, as `displayOrder` does.
 *
 * Source: flowServ HTTP API, object `Parameter`.
 */
export function parameterViews(parameters: readonly Parameter[]): readonly unknown[] {
  return parameters.map((parameter) => exactJson(declarationDocument(parameter)));
}
