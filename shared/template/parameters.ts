/** The list of parameters of a template or of a group. */

import { exactJson } from '../documents/exact-json.ts';
import { listAt } from '../documents/fields.ts';
import { below, type Location, report, withoutProblems } from '../documents/problem.ts';
import { pythonText, quotedText } from '../documents/python-text.ts';
import { isList, isMapping, type PythonValue, toPythonValue } from '../documents/python-value.ts';
import { declarationDocument, readDeclaration } from './declaration.ts';
import { normaliseParameter } from './normalise.ts';
import type { Parameter } from './parameter.ts';

/** Maximum number of parameters in one template; larger forms are not usable. */
export const MAX_PARAMETERS = 10_000;

export interface ParameterList {
  readonly parameters: readonly Parameter[];
  /** Every declared name, including names of declarations with problems. */
  readonly names: ReadonlySet<string>;
}

/**
 * An additional check of each declaration, which reports problems: `reportUnusable`, or none for stored declarations.
 */
export type DeclarationCheck = (parameter: Parameter, location: Location) => void;

const unchecked: DeclarationCheck = () => {};

/** Reads the list at a location and reports its problems. Null and undefined are an empty list. */
export function readParameterList(
  value: PythonValue | undefined,
  location: Location,
  check: DeclarationCheck = unchecked,
): ParameterList {
  const declarations = listAt(value ?? [], location);
  if (declarations.length > MAX_PARAMETERS) {
    report(location, `more than ${MAX_PARAMETERS} parameters`);
    return { parameters: [], names: new Set() };
  }
  const names = new Set<string>();
  const parameters: Parameter[] = [];
  for (const [i, declaration] of declarations.entries()) {
    const at = below(location, i);
    const normal = normaliseParameter(declaration);
    const name = isMapping(normal) ? normal.name : undefined;
    if (typeof name === 'string') {
      if (names.has(name)) report(at, `duplicate parameter '${quotedText(name)}'; names must be unique`);
      names.add(name);
    }
    const before = location.problems.length;
    const parameter = readDeclaration(declaration, at, i);
    if (parameter === undefined) continue;
    if (location.problems.length === before) check(parameter, at);
    parameters.push(parameter);
  }
  return { parameters, names };
}

/**
 * Parses a list of declarations outside a template, such as the parameters of one group.
 *
 * @param list declarations in any spelling; null and undefined count as an empty list.
 * @throws 400 for the first problem, with its path, e.g. `parameters[2].range`.
 */
export function parseParameters(list: unknown, check: DeclarationCheck = unchecked): readonly Parameter[] {
  const read = (location: Location) => readParameterList(toPythonValue(list ?? null), location, check);
  return withoutProblems('parameters', read).parameters;
}

/**
 * Returns the parameters as the HTTP API serves them: canonical spelling, in the order of declaration, numbers with
 * all digits. NaN and infinities, which JSON does not have, are the texts that arguments use for them. Clients arrange
 * their forms by `index`, as `displayOrder` does.
 *
 * Source: flowServ HTTP API, object `Parameter`.
 */
export function parameterViews(parameters: readonly Parameter[]): readonly unknown[] {
  return parameters.map((parameter) => exactJson(withTexts(declarationDocument(parameter))));
}

function withTexts(value: PythonValue): PythonValue {
  if (typeof value === 'number' && !Number.isFinite(value)) return pythonText(value);
  if (isList(value)) return value.map(withTexts);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTexts(item)]));
}
