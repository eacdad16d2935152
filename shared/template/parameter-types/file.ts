/** Uploaded files: an argument names the upload; its value in the workflow is the path in the run directory. */

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
  /** Normal relative path in the run directory, or null if the user or the default value sets it. */
  readonly target: string | null;
}

/** Maximum length of an upload id for a lookup; our own ids have 32 characters. */
const MAX_FILE_ID_LENGTH = 512;

function optionalPath(fields: PythonMapping, key: string, location: Location): string | undefined {
  const value = fields[key];
  if (value === undefined || value === null || value === '') return undefined;
  return pathAt(value, 'file', below(location, key));
}

/** Checks paths already here, since a target outside the run directory can never be used. */
function read(base: TypedBase<'file'>, fields: PythonMapping, location: Location): FileParameter {
  const { defaultValue: _asWritten, ...rest } = base;
  const defaultValue = optionalPath(fields, 'defaultValue', location);
  const target = optionalPath(fields, 'target', location) ?? null;
  return { ...rest, ...defined({ defaultValue }), target };
}

/** Returns the path of a file if the user names none: the declared target, else the default value. */
function declaredTarget(parameter: FileParameter): string | undefined {
  if (parameter.target !== null) return parameter.target;
  return typeof parameter.defaultValue === 'string' ? parameter.defaultValue : undefined;
}

/** Returns the path of a file parameter without an argument; undefined if there is no default value. */
function defaultTarget(parameter: FileParameter): string | undefined {
  return parameter.defaultValue === undefined ? undefined : declaredTarget(parameter);
}

export const declaration: Declaration<FileParameter> = {
  elements: ['target'],
  read,
  document: ({ target }) => ({ target }),
  valueByDefault: defaultTarget,
  // The default is a path of the template, but an argument names an upload.
  defaultIsArgument: false,
  filePaths: (parameter) => [declaredTarget(parameter) ?? []].flat(),
  reportUnusable: () => {},
};

function parsePath(value: PythonValue | undefined, context: CastContext): string | undefined {
  // The command line sends null and forms send an empty text if the user chose no path.
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw castFault(context, 'the target path must be text');
  const reading = readRelativePath(value, 'file');
  if (reading.ok) return reading.path;
  throw castFault(context, `the target path '${quotedText(value)}' ${reading.fault}`);
}

/** Parses `{fileId, targetPath?}`, as in a file argument and in the file list of an actor. */
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

/** Records that a run needs an upload at a path. Only a declared path may be among the template's files. */
export function addFile(fileId: string, targetPath: string, declared: boolean, context: CastContext): void {
  const fault = context.locationFault?.(targetPath, declared);
  if (fault !== undefined) throw castFault(context, `the target path '${targetPath}' ${fault}`);
  context.files.push({ fileId, targetPath, declared });
}

/**
 * Returns the target path of a file argument: the user's, else the declared target, else the default value.
 *
 * @throws 404 for an unknown upload; 400 `missing target path`, and 400 for unsafe paths and other values.
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

/** A path does not identify the upload, and a default value is a file of the template. */
export const form: Form<FileParameter> = { schema: fileSchema, plain: () => undefined };

export const entry: Entry = 'file';
