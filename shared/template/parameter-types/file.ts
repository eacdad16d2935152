/** Uploaded files: an argument names the upload, its value in the workflow is the path in the run directory. */

import { defined, pathAt } from '../../documents/fields.ts';
import { below, type Location } from '../../documents/problem.ts';
import { quotedText } from '../../documents/python-text.ts';
import { isMapping, type PythonMapping, type PythonValue } from '../../documents/python-value.ts';
import { readRelativePath } from '../../documents/relative-path.ts';
import { unknownObject } from '../../errors.ts';
import { type CastContext, castFault, FILE_TYPE, isFileArgument } from './cast-context.ts';
import type { Declaration, Entry, Form, ParameterBase, Schema, TypedBase } from './descriptor.ts';

export interface FileParameter extends ParameterBase {
  readonly dtype: 'file';
  /** Normal relative path in the run directory, or null when the user or the default value names it. */
  readonly target: string | null;
}

/** Longest id of an upload that is looked up; ids of ours have 32 characters. */
const MAX_FILE_ID_LENGTH = 512;

function optionalPath(fields: PythonMapping, key: string, location: Location): string | undefined {
  const value = fields[key];
  if (value === undefined || value === null || value === '') return undefined;
  return pathAt(value, 'file', below(location, key));
}

/** Paths are checked here already: a target outside the run directory could never be used. */
function read(base: TypedBase<'file'>, fields: PythonMapping, location: Location): FileParameter {
  const { defaultValue: _asWritten, ...rest } = base;
  const defaultValue = optionalPath(fields, 'defaultValue', location);
  const target = optionalPath(fields, 'target', location) ?? null;
  return { ...rest, ...defined({ defaultValue }), target };
}

/** Where a file lands when the user names no path: the declared target, else the default value. */
function declaredTarget(parameter: FileParameter): string | undefined {
  if (parameter.target !== null) return parameter.target;
  return typeof parameter.defaultValue === 'string' ? parameter.defaultValue : undefined;
}

/** The path that a file parameter without argument stands for; undefined when there is no default value. */
function defaultTarget(parameter: FileParameter): string | undefined {
  return parameter.defaultValue === undefined ? undefined : declaredTarget(parameter);
}

export const declaration: Declaration<FileParameter> = {
  elements: ['target'],
  read,
  document: ({ target }) => ({ target }),
  valueByDefault: defaultTarget,
  // It is a path of the template's, and an argument names an upload.
  defaultIsArgument: false,
  filePaths: (parameter) => [declaredTarget(parameter) ?? []].flat(),
  reportUnusable: () => {},
};

function parsePath(value: PythonValue | undefined, context: CastContext): string | undefined {
  // The command line sends null, forms an empty text when nobody chose a path.
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw castFault(context, 'the target path must be text');
  const reading = readRelativePath(value, 'file');
  if (reading.ok) return reading.path;
  throw castFault(context, `the target path '${quotedText(value)}' ${reading.fault}`);
}

/** Parses `{fileId, targetPath?}`, as it stands in a file argument and in the file list of an actor. */
export function parseUpload(value: PythonValue | undefined, context: CastContext) {
  const fields: PythonMapping = isMapping(value) ? value : {};
  const fileId = fields.fileId;
  const unknown = Object.keys(fields).find((key) => key !== 'fileId' && key !== 'targetPath');
  if (typeof fileId !== 'string' || fileId.length > MAX_FILE_ID_LENGTH || unknown !== undefined) {
    throw castFault(context, "a file is given as {'fileId': …} with an optional 'targetPath'");
  }
  if (context.hasFile?.(fileId) === false) throw unknownObject('file', fileId);
  return { fileId, userPath: parsePath(fields.targetPath, context) };
}

/** Notes that a run needs an upload at a path; only a declared path may be among the template's files. */
export function addFile(fileId: string, targetPath: string, declared: boolean, context: CastContext): void {
  const fault = context.placeFault?.(targetPath, declared);
  if (fault !== undefined) throw castFault(context, `the target path '${targetPath}' ${fault}`);
  context.files.push({ fileId, targetPath, declared });
}

/**
 * The target path of a file argument: the user's, else the declared target, else the default value.
 *
 * @throws 404 for an unknown upload; 400 `missing target path`, for unsafe paths and for other values.
 */
export function cast(parameter: FileParameter, value: PythonValue, context: CastContext): string {
  if (!isMapping(value) || !isFileArgument(value) || Object.keys(value).length !== 2) {
    throw castFault(context, `a file is given as {'type': '$file', 'value': {'fileId': …}}`);
  }
  const { fileId, userPath } = parseUpload(value.value, context);
  const targetPath = userPath ?? declaredTarget(parameter);
  if (targetPath === undefined) throw castFault(context, 'missing target path');
  const declared = targetPath === declaredTarget(parameter);
  addFile(fileId, targetPath, declared, context);
  return targetPath;
}

function fileSchema(parameter: FileParameter): Schema {
  const target = declaredTarget(parameter);
  return {
    type: 'object',
    properties: {
      type: { const: FILE_TYPE, default: FILE_TYPE },
      value: {
        type: 'object',
        properties: {
          fileId: {
            type: 'string',
            title: 'Identifier of an uploaded file',
            minLength: 1,
            maxLength: MAX_FILE_ID_LENGTH,
          },
          targetPath: {
            type: 'string',
            title: 'Path in the run directory',
            minLength: 1,
            ...(target === undefined ? {} : { default: target }),
          },
        },
        required: target === undefined ? ['fileId', 'targetPath'] : ['fileId'],
        additionalProperties: false,
      },
    },
    required: ['type', 'value'],
    additionalProperties: false,
  };
}

/** A path does not say which upload lies there, and a default value is one of the template's. */
export const form: Form<FileParameter> = { schema: fileSchema, plain: () => undefined };

export const entry: Entry = 'file';
