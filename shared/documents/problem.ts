/** What is wrong with a document, where, and how to mend it. */
import type { ErrorCode } from '../error-catalogue.ts';
import { type FlowservError, invalid, unknownObject } from '../errors.ts';
import type { Warning } from './warning.ts';

/** A fault of a template. `path` leads to it, e.g. `parameters[2].range`; it is empty for the whole document. */
export type Problem =
  | { readonly kind: 'invalid'; readonly path: string; readonly message: string; readonly code: ErrorCode }
  | {
      readonly kind: 'unknown-parameter';
      readonly path: string;
      readonly message: string;
      /** The name that no declaration has. */
      readonly parameter: string;
    };

/** Most problems, and most warnings, that one check reports; a document with more is not mended in one go anyway. */
export const MAX_PROBLEMS = 100;

/** A place in a document and the lists that collect what is found there. */
export interface Location {
  readonly path: string;
  readonly problems: Problem[];
  /** Absent where nobody asks for warnings, as when a run reads what was checked before. */
  readonly warnings?: Warning[];
}

/** The place of a member or list item below another place. */
export function below(location: Location, key: string | number): Location {
  const step = typeof key === 'number' ? `[${key}]` : location.path === '' ? key : `.${key}`;
  return { ...location, path: location.path + step };
}

function add(location: Location, problem: Problem): void {
  if (location.problems.length < MAX_PROBLEMS) location.problems.push(problem);
}

/**
 * Notes that the place breaks a rule. The message says what would be right.
 *
 * @param code of the error that the problem becomes when it is the first one.
 */
export function report(location: Location, message: string, code: ErrorCode = 'template.invalid'): void {
  add(location, { kind: 'invalid', path: location.path, message, code });
}

/** Notes a reference to a parameter that is not declared. */
export function reportUnknownParameter(location: Location, parameter: string): void {
  const message = `unknown parameter '${parameter}'; declare it under 'parameters' or mend the reference`;
  add(location, { kind: 'unknown-parameter', path: location.path, message, parameter });
}

/** Whether a warning would be kept, for checks that are not worth their time otherwise. */
export const takesWarnings = ({ warnings }: Location): boolean =>
  warnings !== undefined && warnings.length < MAX_PROBLEMS;

/** Notes what somebody should know of the place although nothing is refused. The message names the mend. */
export function addWarning(location: Location, code: string, message: string): void {
  if (takesWarnings(location)) location.warnings?.push({ code, message: lineOf(location.path, message) });
}

const lineOf = (path: string, message: string): string => (path === '' ? message : `${path}: ${message}`);

/** A problem as one line: where and what. */
export const problemText = ({ path, message }: Problem): string => lineOf(path, message);

interface Outcome {
  readonly errorOf?: (problem: Problem) => FlowservError;
  readonly warnings?: Warning[];
}

/** The problem as the error that ends a request: 404 for an unknown parameter, else 400. */
function problemError(problem: Problem): FlowservError {
  if (problem.kind === 'unknown-parameter') return unknownObject('parameter', problem.parameter);
  return invalid(problem.code, problemText(problem));
}

/**
 * What a reader gives, when it has nothing to report.
 *
 * @param path of the value in its document.
 * @param warnings takes what the reader warns of.
 * @throws FlowservError for the first problem, in the order in which they were found.
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
