import { isList, isMapping, type PythonMapping, type PythonValue } from '../../documents/python-value.ts';
import { invalid } from '../../errors.ts';
import type { SuppliedArgument } from '../../template/arguments.ts';
import type { Parameter } from '../../template/parameter.ts';
import { FILE_TYPE, isFileArgument } from '../../template/parameter-types/cast-context.ts';
import type { UploadedFile } from '../../uploads/form-data.ts';

/** Ids of the uploads that a request's attachments became, by the names of the attachments. */
export type AttachmentIds = ReadonlyMap<string, string>;

/**
 * Checks the names of attachments, by which parameters refer to them.
 *
 * @throws FlowservError 400 for a name that is given twice, or is not a relative path
 */
export function checkAttachments(files: readonly UploadedFile[]): void {
  const names = new Set<string>();
  for (const { name } of files) {
    const segments = name.split(/[/\\]/);
    if (segments.includes('..') || segments[0] === '') {
      throw invalid('upload.name', 'the name of an attachment must be a relative path without ..');
    }
    if (names.has(name)) throw invalid('upload.name', 'two attachments have the same name');
    names.add(name);
  }
}

/**
 * Converts `workflow_params` to arguments. The value of a file parameter may be the id of an upload or the name of an
 * attachment, also inside lists and records; all other values, and names without a parameter, stay as they are.
 */
export function argumentsOf(
  parameters: readonly Parameter[],
  params: PythonMapping,
  attachments: AttachmentIds,
): SuppliedArgument[] {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  return Object.entries(params).map(([name, value]) => {
    const parameter = byName.get(name);
    return { name, value: parameter ? converted(parameter, value, attachments) : value };
  });
}

function converted(parameter: Parameter, value: PythonValue, attachments: AttachmentIds): PythonValue {
  switch (parameter.dtype) {
    case 'file':
      return fileArgument(value, attachments);
    case 'list': {
      const { para } = parameter as Parameter<'list'>;
      return isList(value) ? value.map((item) => converted(para, item, attachments)) : value;
    }
    case 'record':
      return record(parameter as Parameter<'record'>, value, attachments);
    case 'actor':
      return withUploads(value, attachments);
    case 'bool':
    case 'int':
    case 'float':
    case 'string':
    case 'select':
      return value;
  }
}

function fileArgument(value: PythonValue, attachments: AttachmentIds): PythonValue {
  // An empty text is how forms say that no file is given.
  if (typeof value === 'string' && value !== '') {
    return { type: FILE_TYPE, value: { fileId: attachments.get(value) ?? value } };
  }
  return isMapping(value) && isFileArgument(value) ? withUploads(value, attachments) : value;
}

/** A record is a mapping, or a list of `{name, value}`. */
function record(
  { fields }: { readonly fields: readonly Parameter[] },
  value: PythonValue,
  attachments: AttachmentIds,
): PythonValue {
  const byName = new Map<unknown, Parameter>(fields.map((field) => [field.name, field]));
  const member = (name: PythonValue | undefined, content: PythonValue) => {
    const field = byName.get(name);
    return field ? converted(field, content, attachments) : content;
  };
  if (isMapping(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, content]) => [name, member(name, content)]));
  }
  if (!isList(value)) return value;
  return value.map((item) =>
    isMapping(item) && item.value !== undefined ? { ...item, value: member(item.name, item.value) } : item,
  );
}

/** Replaces the names of attachments that are given as `fileId`. */
function withUploads(value: PythonValue, attachments: AttachmentIds): PythonValue {
  if (isList(value)) return value.map((item) => withUploads(item, attachments));
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, PythonValue] => {
    const uploaded = key === 'fileId' && typeof item === 'string' ? attachments.get(item) : undefined;
    return [key, uploaded ?? withUploads(item, attachments)];
  });
  return Object.fromEntries(entries);
}
