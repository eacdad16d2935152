/** What is wrong with a document, where, and how to mend it. */
import { invalidTemplate, unknownObject } from '../errors.ts';

/** A fault of a template. `path` leads to it, e.g. `parameters[2].range`; it is empty for the whole document. */
export type Problem =
  | { readonly kind: 'invalid'; readonly path: string; readonly message: string }
  | {
      readonly kind: 'unknown-parameter';
      readonly path: string;
      readonly message: string;
      /** The name that no declaration has. */
      readonly parameter: string;
    };

/** Most problems that one check reports; a document with more is not mended in one go anyway. */
export const MAX_PROBLEMS = 100;

/** A place in a document and the list that collects the problems found there. */
export interface Place {
  readonly path: string;
  readonly problems: Problem[];
}

/** The place of a member or list item below another place. */
export function below(place: Place, key: string | number): Place {
  const step = typeof key === 'number' ? `[${key}]` : place.path === '' ? key : `.${key}`;
  return { path: place.path + step, problems: place.problems };
}

function add(place: Place, problem: Problem): void {
  if (place.problems.length < MAX_PROBLEMS) place.problems.push(problem);
}

/** Notes that the place breaks a rule. The message is a sentence that says what would be right. */
export function report(place: Place, message: string): void {
  add(place, { kind: 'invalid', path: place.path, message });
}

/** Notes a reference to a parameter that is not declared. */
export function reportUnknownParameter(place: Place, parameter: string): void {
  const message = `unknown parameter '${parameter}'; declare it under 'parameters' or mend the reference`;
  add(place, { kind: 'unknown-parameter', path: place.path, message, parameter });
}

/** The problem as the error that ends a request: 404 for an unknown parameter, else 400. */
export function problemError(problem: Problem) {
  if (problem.kind === 'unknown-parameter') return unknownObject('parameter', problem.parameter);
  return invalidTemplate(problem.path === '' ? problem.message : `${problem.path}: ${problem.message}`);
}
