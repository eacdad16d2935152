/** Input and results of casting an argument. */

import { isMapping, type PythonValue } from '../../documents/python-value.ts';
import { invalid } from '../../errors.ts';

/** An uploaded file that an argument refers to. */
export interface FileReference {
  readonly fileId: string;
  /** Normal relative path in the run directory. */
  readonly targetPath: string;
  /** Whether the declaration itself names this path, so that the upload may replace a template file. */
  readonly declared: boolean;
}

export interface CastContext {
  /** The parameter, with the path into nested values, e.g. `people[2].age`; for messages. */
  readonly location: string;
  /** Whether the group owns an upload with this id; if absent, the caller checks that itself. */
  readonly hasFile?: (fileId: string) => boolean;
  /** Returns why no file may be at a path (`locationRule`); if absent, any path is allowed. */
  readonly locationFault?: (path: string, declared: boolean) => string | undefined;
  /** Whether the value is a default value. The fraction of an int is then an error instead of being truncated. */
  readonly isDefault?: boolean;
  /** Receives every file that the cast value refers to. */
  readonly files: FileReference[];
}

/** Returns the context for a value inside the current one. */
export function inside(context: CastContext, step: string | number): CastContext {
  const suffix = typeof step === 'number' ? `[${step}]` : `.${step}`;
  return { ...context, location: context.location + suffix };
}

/** Returns the error 400 for an argument or a default value that is not valid for its parameter. */
export function castFault({ location, isDefault }: CastContext, message: string) {
  const what = isDefault ? 'default value' : 'argument';
  return invalid('argument.invalid', `invalid ${what} for '${location}': ${message}`);
}

/** Marks the value of a file argument. */
export const FILE_TYPE = '$file';

/** Whether a value has the form of a file argument: `{"type": "$file", "value": {"fileId": …}}`. */
export function isFileArgument(value: PythonValue): boolean {
  return isMapping(value) && value.type === FILE_TYPE && isMapping(value.value);
}

/** Whether a value is a file argument without an identifier, which forms send if the user chose no file. */
export function isNoFile(value: PythonValue): boolean {
  return isMapping(value) && value.type === FILE_TYPE && isMapping(value.value) && value.value.fileId === '';
}
