/** Uploaded files: an argument names the upload, its value in the workflow is the path in the run directory. */

import { defined, pathAt } from '../../documents/fields.ts';
import { below, type Place } from '../../documents/problem.ts';
import { quotedText } from '../../documents/python-text.ts';
import { isMapping, type PythonMapping, type PythonValue } from '../../documents/python-value.ts';
import { readRelativePath } from '../../documents/relative-path.ts';
import { unknownObject } from '../../errors.ts';
import type { FileParameter, ParameterBase } from '../parameter.ts';
import { type CastContext, castFault, isFileArgument } from './cast-context.ts';

/** Longest id of an upload that is looked up; ids of ours have 32 characters. */
const MAX_FILE_ID_LENGTH = 512;

function optionalPath(fields: PythonMapping, key: string, place: Place): string | undefined {
  const value = fields[key];
  if (value === undefined || value === null || value === '') return undefined;
  return pathAt(value, 'file', below(place, key));
}

/** Paths are checked here already: a target outside the run directory could never be used. */
export function parseFile(base: ParameterBase, fields: PythonMapping, place: Place): FileParameter {
  const { defaultValue: _asWritten, ...rest } = base;
  const defaultValue = optionalPath(fields, 'defaultValue', place);
  const target = optionalPath(fields, 'target', place) ?? null;
  return { ...rest, ...defined({ defaultValue }), dtype: 'file', target };
}

/** Where a file lands when the user names no path: the declared target, else the default value. */
export function declaredTarget(parameter: FileParameter): string | undefined {
  if (parameter.target !== null) return parameter.target;
  return typeof parameter.defaultValue === 'string' ? parameter.defaultValue : undefined;
}

/** The path that a file parameter without argument stands for; undefined when there is no default value. */
export function defaultTarget(parameter: FileParameter): string | undefined {
  return parameter.defaultValue === undefined ? undefined : declaredTarget(parameter);
}

function readPath(value: PythonValue | undefined, context: CastContext): string | undefined {
  // The command line sends null, forms an empty text when nobody chose a path.
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw castFault(context, 'the target path must be text');
  const reading = readRelativePath(value, 'file');
  if (reading.ok) return reading.path;
  throw castFault(context, `the target path '${quotedText(value)}' ${reading.fault}`);
}

/** Reads `{fileId, targetPath?}`, as it stands in a file argument and in the file list of an actor. */
export function readUpload(value: PythonValue | undefined, context: CastContext) {
  const fields: PythonMapping = isMapping(value) ? value : {};
  const fileId = fields.fileId;
  const unknown = Object.keys(fields).find((key) => key !== 'fileId' && key !== 'targetPath');
  if (typeof fileId !== 'string' || fileId.length > MAX_FILE_ID_LENGTH || unknown !== undefined) {
    throw castFault(context, "a file is given as {'fileId': …} with an optional 'targetPath'");
  }
  if (context.hasFile?.(fileId) === false) throw unknownObject('file', fileId);
  return { fileId, userPath: readPath(fields.targetPath, context) };
}

/** Notes that a run needs an upload at a path; only a declared path may be one of the template's files. */
export function addFile(fileId: string, targetPath: string, declared: boolean, context: CastContext): void {
  if (!declared && context.isStaticPath?.(targetPath) === true) {
    throw castFault(
      context,
      `the target path '${targetPath}' belongs to a file of the workflow; name another`,
    );
  }
  context.files.push({ fileId, targetPath, declared });
}

/**
 * The target path of a file argument: the user's, else the declared target, else the default value.
 *
 * @throws 404 for an unknown upload; 400 `missing target path`, for unsafe paths and for other values.
 */
export function castFile(parameter: FileParameter, value: PythonValue, context: CastContext): string {
  if (!isMapping(value) || !isFileArgument(value) || Object.keys(value).length !== 2) {
    throw castFault(context, `a file is given as {'type': '$file', 'value': {'fileId': …}}`);
  }
  const { fileId, userPath } = readUpload(value.value, context);
  const targetPath = userPath ?? declaredTarget(parameter);
  if (targetPath === undefined) throw castFault(context, 'missing target path');
  const declared = targetPath === parameter.target || targetPath === parameter.defaultValue;
  addFile(fileId, targetPath, declared, context);
  return targetPath;
}
