import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { pieces } from './body.ts';
import { invalidArgument, S3Error } from './s3-error.ts';

/** 20 KB before the file (S3 API reference, error MaxPostPreDataLengthExceeded). */
const MAX_FIELD_BYTES = 20 * 1024;
const MAX_FIELDS = 100;
const MAX_NAME_BYTES = 256;

/** A form up to its file; what follows the file is passed over, as S3 does. */
export interface PostForm {
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>;
  readonly filename: string;
  /** The data of the file; it fails when the form ends before it. */
  readonly file: AsyncIterable<Buffer>;
  /** Reads on without keeping anything, which a client that is still sending needs to see an answer. */
  skipRest(): void;
  /** Resolves when the whole form has been read. */
  readonly ended: Promise<void>;
}

/**
 * Reads a `multipart/form-data` body up to its file, whose data is not read yet. Leaving the form early does
 * not destroy the request.
 *
 * @throws S3Error for a malformed form, doubled or over-long fields, or one without a file
 */
export function readPostForm(request: IncomingMessage): Promise<PostForm> {
  const parser = createParser(request);
  const ended = new Promise<void>((resolve, reject) => {
    parser.once('close', resolve);
    parser.once('error', () => reject(malformedForm()));
    request.once('close', () => {
      if (!request.complete) parser.destroy(new Error('the client went away'));
    });
  });
  ended.catch(() => undefined);
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string>();
    let bytes = 0;
    const refuse = (error: S3Error) => {
      request.unpipe(parser);
      request.resume();
      reject(error);
    };
    parser.on('field', (name, value, info) => {
      bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
      const tooLong = info.nameTruncated || info.valueTruncated || bytes > MAX_FIELD_BYTES;
      if (tooLong) refuse(tooMuchBeforeFile());
      else if (fields.has(name.toLowerCase())) refuse(invalidArgument(`the field ${name} is given twice`));
      else fields.set(name.toLowerCase(), value);
    });
    parser.once('fieldsLimit', () => refuse(tooMuchBeforeFile()));
    parser.once('file', (name, file, { filename }) => {
      // Its errors come with the form's; without a listener they would end the process.
      file.on('error', () => undefined);
      const skipRest = () => void file.resume();
      if (name === 'file') resolve({ fields, filename: filename ?? '', file: dataOf(file), skipRest, ended });
      else refuse(invalidArgument('the file must be in the field named file'));
    });
    ended.then(() => reject(invalidArgument('POST requires exactly one file upload per request.')), reject);
    request.pipe(parser);
  });
}

async function* dataOf(file: Readable): AsyncGenerator<Buffer> {
  try {
    yield* pieces(file);
  } catch {
    throw malformedForm();
  }
}

function createParser(request: IncomingMessage): busboy.Busboy {
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { fieldNameSize: MAX_NAME_BYTES, fieldSize: MAX_FIELD_BYTES, fields: MAX_FIELDS, files: 1 },
    });
  } catch {
    throw malformedForm();
  }
}

function malformedForm(): S3Error {
  return new S3Error(400, 'MalformedPOSTRequest', 'the body is not well-formed multipart/form-data');
}

function tooMuchBeforeFile(): S3Error {
  return new S3Error(
    400,
    'MaxPostPreDataLengthExceeded',
    'the fields before the file are too many or too large',
  );
}
