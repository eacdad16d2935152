import { findUnicodeText, hasLostText } from '../documents/unicode-text.ts';
import { invalid } from '../errors.ts';
import { fileNameOf } from './disposition.ts';
import { notUnicode } from './file-name.ts';
import { boundaryOf, malformed, type Part, partsOf, type UploadedFile } from './form-data.ts';

/** A form with text fields, and any number of files in one more field. */
export interface FieldsForm {
  readonly fields: Readonly<Record<string, string>>;
  readonly files: readonly UploadedFile[];
}

/** Maximum number of files: each of them costs a write to S3 and to the table within one request. */
const MAX_FILES = 20;
/** Maximum number of text fields; no form of the API has as many. */
const MAX_FIELDS = 20;

/**
 * Reads the fields and files of a form. Without files, it may also be `application/x-www-form-urlencoded`, which
 * Python's `requests` sends then.
 *
 * @param filesField name of the field with the files; a part of it without a name and content counts as no file
 * @throws FlowservError 400 if the body is not a form or is malformed, a field is given twice or is not text, or a file
 *   has no name
 */
export function readFieldsForm(
  contentType: string | undefined,
  body: Buffer,
  filesField: string,
): FieldsForm {
  const boundary = boundaryOf(contentType ?? '');
  if (boundary !== undefined) {
    const parts = partsOf(body, boundary, MAX_FILES + MAX_FIELDS);
    const isFile = ({ disposition }: Part) => disposition.get('name') === filesField;
    const files = parts.filter(isFile).flatMap(fileOf);
    if (files.length > MAX_FILES) throw invalid('upload.form', `more than ${MAX_FILES} files in one form`);
    const texts = parts.filter((part) => !isFile(part)).map(fieldOf);
    return { fields: fieldsOf(texts), files };
  }
  if (!/^application\/x-www-form-urlencoded *(?:;|$)/i.test(contentType ?? '')) {
    throw invalid('upload.form', "send a form, with the header 'Content-Type: multipart/form-data'");
  }
  return { fields: fieldsOf(urlEncoded(textOf(body))), files: [] };
}

type Field = readonly [name: string, value: string];

function fieldsOf(texts: readonly Field[]): Record<string, string> {
  if (texts.length > MAX_FIELDS) throw malformed();
  const names = new Set(texts.map(([name]) => name));
  if (names.size < texts.length || names.has('__proto__')) throw malformed();
  return Object.fromEntries(texts);
}

/** A file name of a text field is ignored: some clients send the field's name. */
function fieldOf({ disposition, content }: Part): Field {
  const name = textOf(Buffer.from(disposition.get('name') ?? '', 'latin1'));
  if (name === '') throw malformed();
  return [name, textOf(content)];
}

function fileOf({ disposition, content }: Part): UploadedFile[] {
  const name = fileNameOf(disposition);
  if (name === null) throw notUnicode();
  if (name === undefined || name === '') {
    if (content.length === 0) return [];
    throw invalid('upload.name', 'empty file name');
  }
  return [{ name, content }];
}

/** The number of pairs is checked before they are decoded. */
function urlEncoded(text: string): Field[] {
  let pairs = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    pairs += 1;
    if (pairs > MAX_FIELDS) throw malformed();
  }
  return [...new URLSearchParams(text)].map(([name, value]) => [unlost(name), unlost(value)]);
}

function textOf(bytes: Buffer): string {
  const text = findUnicodeText(bytes);
  if (text === undefined) throw notText();
  return unlost(text);
}

function unlost(text: string): string {
  if (hasLostText(text)) throw notText();
  return text;
}

const notText = () => invalid('upload.form', 'a field of the form is not Unicode text');
