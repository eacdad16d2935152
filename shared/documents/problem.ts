/** What is wrong with a document, where, and how to mend it. */
import { type FlowservError, invalid, unknownObject } from '../errors.ts';

/** A fault of a template. `path` leads to it, e.g. `parameters[2].range`; it is empty for the whole document. */
export type Problem =
  | { readonly kind: 'invalid'; readonly path: string; readonly message: string; readonly code: string }
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

/**
 * Notes that the place breaks a rule. The message says what would be right.
 *
 * @param code of the error that the problem becomes when it is the first one.
 */
export function report(place: Place, message: string, code = 'template.invalid'): void {
  add(place, { kind: 'invalid', path: place.path, message, code });
}

/** Notes a reference to a parameter that is not declared. */
export function reportUnknownParameter(place: Place, parameter: string): void {
  const message = `unknown parameter '${parameter}'; declare it under 'parameters' or mend the reference`;
  add(place, { kind: 'unknown-parameter', path: place.path, message, parameter });
}

/** A problem as one line: where and what. */
export const problemText = ({ path, message }: Problem): string =>
  path === '' ? message : `${path}: ${message}`;

/** The problem as the error that ends a request: 404 for an unknown parameter, else 400. */
function problemError(problem: Problem): FlowservError {
  if (problem.kind === 'unknown-parameter') return unknownObject('parameter', problem.parameter);
  return invalid(problem.code, problemText(problem));
}

/**
 * What a reader gives, when it has nothing to report.
 *
 * @param path of the value in its document.
 * @throws FlowservError for the first problem, in the order in which they were found.
 */
export function withoutProblems<T>(
  path: string,
  read: (place: Place) => T,
  errorOf: (problem: Problem) => FlowservError = problemError,
): T {
  const place: Place = { path, problems: [] };
  const value = read(place);
  const [problem] = place.problems;
  if (problem !== undefined) throw errorOf(problem);
  return value;
}
