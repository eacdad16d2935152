/** Problems of a document: what is wrong, where, and how to fix it. */
import type { ErrorCode } from '../error-catalogue.ts';
import { type FlowservError, invalid, unknownObject } from '../errors.ts';
import type { Warning } from './warning.ts';

/** A problem of a template. `path` is its location, e.g. `parameters[2].range`; empty for the whole document. */
export type Problem =
  | { readonly kind: 'invalid'; readonly path: string; readonly message: string; readonly code: ErrorCode }
  | {
      readonly kind: 'unknown-parameter';
      readonly path: string;
      readonly message: string;
      /** The undeclared name. */
      readonly parameter: string;
    };

/**
 * Maximum number of problems, and of warnings, in one report; a document with more takes several rounds of fixes
 * anyway.
 */
export const MAX_PROBLEMS = 100;

/** A location in a document, with the lists that collect what is found there. */
export interface Location {
  readonly path: string;
  readonly problems: Problem[];
  /** Absent if the caller does not need warnings, as when a run reads a document that was already checked. */
  readonly warnings?: Warning[];
}

/** Returns the location of a member or list item below another location. */
export function below(location: Location, key: string | number): Location {
  const step = typeof key === 'number' ? `[${key}]` : location.path === '' ? key : `.${key}`;
  return { ...location, path: location.path + step };
}

function add(location: Location, problem: Problem): void {
  if (location.problems.length < MAX_PROBLEMS) location.problems.push(problem);
}

/**
 * Reports a problem at the location. The message states what is valid.
 *
 * @param code error code, used if this is the first problem.
 */
export function report(location: Location, message: string, code: ErrorCode = 'template.invalid'): void {
  add(location, { kind: 'invalid', path: location.path, message, code });
}

/** Reports a reference to an undeclared parameter. */
export function reportUnknownParameter(location: Location, parameter: string): void {
  const message = `unknown parameter '${parameter}'; declare it under 'parameters' or correct the reference`;
  add(location, { kind: 'unknown-parameter', path: location.path, message, parameter });
}

/** Whether a warning would be kept. Expensive checks run only if it would. */
export const takesWarnings = ({ warnings }: Location): boolean =>
  warnings !== undefined && warnings.length < MAX_PROBLEMS;

/** Adds a warning at the location. The message says how to fix it. */
export function addWarning(location: Location, code: string, message: string): void {
  if (takesWarnings(location)) location.warnings?.push({ code, message: lineOf(location.path, message) });
}

const lineOf = (path: string, message: string): string => (path === '' ? message : `${path}: ${message}`);

/** Returns a problem as one line: location and message. */
export const problemText = ({ path, message }: Problem): string => lineOf(path, message);

interface Outcome {
  readonly errorOf?: (problem: Problem) => FlowservError;
  readonly warnings?: Warning[];
}

/** Returns the problem as the error that ends a request: 404 for an unknown parameter, else 400. */
function problemError(problem: Problem): FlowservError {
  if (problem.kind === 'unknown-parameter') return unknownObject('parameter', problem.parameter);
  return invalid(problem.code, problemText(problem));
}

/**
 * Returns the result of a reader that reports no problem.
 *
 * @param path path of the value in its document.
 * @param warnings receives the reader's warnings.
 * @throws FlowservError for the first problem in the order of reports.
 */
export function withoutProblems<T>(
  path: string,
  read: (location: Location) => T,
  { errorOf = problemError, warnings }: Outcome = {},
): T {
  const location: Location = { path, problems: [], ...(warnings && { warnings }) };
  const value = read(location);
  const [problem] = location.problems;
  if (problem !== undefined) throw errorOf(problem);
  return value;
}
