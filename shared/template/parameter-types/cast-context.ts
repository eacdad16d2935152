/** What casting an argument needs to know, and what it collects on the way. */

import { isMapping, type PythonValue } from '../../documents/python-value.ts';
import { invalid } from '../../errors.ts';

/** An uploaded file that an argument refers to. */
export interface FileReference {
  readonly fileId: string;
  /** Normal relative path in the run directory. */
  readonly targetPath: string;
  /** True where the declaration itself names this path, so that the upload may replace a template file. */
  readonly declared: boolean;
}

export interface CastContext {
  /** The parameter, with the way into nested values, e.g. `people[2].age`; for messages. */
  readonly place: string;
  /** Whether the group owns an upload with this id; when absent the caller checks that itself. */
  readonly hasFile?: (fileId: string) => boolean;
  /** Why no file may lie at a path (`placeRule`); when absent one may lie anywhere. */
  readonly placeFault?: (path: string, declared: boolean) => string | undefined;
  /** True for a default value: a fraction of an int is a fault, not cut off. */
  readonly isDefault?: boolean;
  /** Filled with every file that the cast value refers to. */
  readonly files: FileReference[];
}

/** The same context for a value inside the current one. */
export function inside(context: CastContext, step: string | number): CastContext {
  const suffix = typeof step === 'number' ? `[${step}]` : `.${step}`;
  return { ...context, place: context.place + suffix };
}

/** 400: the value of an argument, or a default value, does not fit its parameter. */
export function castFault({ place, isDefault }: CastContext, message: string) {
  const what = isDefault ? 'default value' : 'argument';
  return invalid('argument.invalid', `invalid ${what} for '${place}': ${message}`);
}

/** Marks the value of a file argument. */
export const FILE_TYPE = '$file';

/** Whether a value has the form in which a file is given: `{"type": "$file", "value": {"fileId": …}}`. */
export function isFileArgument(value: PythonValue): boolean {
  return isMapping(value) && value.type === FILE_TYPE && isMapping(value.value);
}

/** Whether a value is what a form sends whose user has chosen no file: one without an identifier. */
export function isNoFile(value: PythonValue): boolean {
  return isMapping(value) && value.type === FILE_TYPE && isMapping(value.value) && value.value.fileId === '';
}
