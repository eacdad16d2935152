import { invalid } from '../errors.ts';
import { fileNameOf, type Parameters, readParameters } from './disposition.ts';
import { notUnicode } from './file-name.ts';

/** One file of a form. */
export interface UploadedFile {
  /** As the client sent it; `fileName` in `file-name.ts` makes it safe. */
  readonly name: string;
  readonly content: Buffer;
}

/**
 * Form fields that hold the file: browsers and flowServ's server use the first, flowServ's Python client the second.
 */
const FILE_FIELDS: readonly string[] = ['file', 'files'];
/** Maximum number of parts of a form with one file; clients send only the file and a `file_type`. */
const MAX_PARTS = 20;
/** Maximum header size of one part; a name has at most 4,096 characters. */
const MAX_HEADER_BYTES = 32 * 1024;
/** Maximum length of a boundary (RFC 2046, section 5.1.1). */
const MAX_BOUNDARY = 70;
/** Maximum number of blanks after a boundary, which few clients send. */
const MAX_PADDING = 100;

/**
 * Returns the file of a `multipart/form-data` body (RFC 7578); other fields are ignored. The form is read as a whole,
 * since a function's event holds a few MB.
 *
 * @throws FlowservError 400 if the body is not a form, is malformed, or has no file, or the file's name is not text
 */
export function readFileForm(contentType: string | undefined, body: Buffer): UploadedFile {
  const boundary = boundaryOf(contentType ?? '');
  if (boundary === undefined) throw noFile();
  const parts = partsOf(body, boundary, MAX_PARTS).filter(({ disposition }) => isFileField(disposition));
  for (const { disposition, content } of parts) {
    const name = fileNameOf(disposition);
    if (name === undefined) continue;
    if (name === null) throw notUnicode();
    if (name === '') throw invalid('upload.name', 'empty file name');
    return { name, content };
  }
  throw noFile();
}

const noFile = () => invalid('upload.form', 'no file request');
export const malformed = () => invalid('upload.form', 'malformed form');

const isFileField = (disposition: Parameters): boolean => FILE_FIELDS.includes(disposition.get('name') ?? '');

/** Returns the boundary of a `multipart/form-data` body; undefined for other types, or if it is invalid. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/form-data *;/i.test(contentType)) return undefined;
  const boundary = readParameters(contentType).get('boundary') ?? '';
  return boundary === '' || boundary.length > MAX_BOUNDARY ? undefined : boundary;
}

export interface Part {
  readonly disposition: Parameters;
  readonly content: Buffer;
}

const LINE_END = '\r\n';

/** @throws FlowservError 400 if the end of the form is missing, or it has more than `most` parts */
export function partsOf(body: Buffer, boundary: string, most: number): Part[] {
  const parts: Part[] = [];
  let at = nextDelimiter(body, boundary, 0);
  while (!at.isLast) {
    const next = nextDelimiter(body, boundary, at.end);
    parts.push(readPart(body.subarray(at.end, next.start)));
    if (parts.length > most) throw malformed();
    at = next;
  }
  return parts;
}

/** The end of a delimiter: `--` after the last part, otherwise blanks and the end of the line. */
const DELIMITER_END = /(--)|[ \t]*\r\n/y;

/** Finds the next delimiter line, including the line end before it, which may belong to the previous delimiter. */
function nextDelimiter(body: Buffer, boundary: string, from: number) {
  const delimiter = `--${boundary}`;
  for (let at = from; ; ) {
    const start = body.indexOf(delimiter, at, 'latin1');
    if (start < 0) throw malformed();
    at = start + delimiter.length;
    if (start > 0 && body.toString('latin1', start - 2, start) !== LINE_END) continue;
    DELIMITER_END.lastIndex = 0;
    const found = DELIMITER_END.exec(body.toString('latin1', at, at + MAX_PADDING));
    if (!found) continue;
    return { start: Math.max(0, start - 2), end: at + DELIMITER_END.lastIndex, isLast: found[1] === '--' };
  }
}

/** @param bytes the head of a part, an empty line, and its content */
function readPart(bytes: Buffer): Part {
  const isHeadless = bytes.indexOf(LINE_END) === 0;
  const end = isHeadless ? 0 : bytes.indexOf(LINE_END + LINE_END);
  if (end < 0 || end > MAX_HEADER_BYTES) throw malformed();
  const head = bytes.toString('latin1', 0, end).replace(/\r\n[ \t]+/g, ' ');
  const line = head.split(LINE_END).find((header) => /^content-disposition *:/i.test(header));
  return {
    disposition: readParameters(line ?? ''),
    content: bytes.subarray(end + (isHeadless ? 2 : 4)),
  };
}
