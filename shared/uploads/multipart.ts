import busboy from 'busboy';
import { invalid } from '../errors.ts';

/** One file of a form. */
export interface UploadedFile {
  /** As the client sent it; `fileName` in `file-name.ts` makes it safe. */
  readonly name: string;
  readonly content: Buffer;
}

/** Form fields that hold the file: browsers and flowServ's server use the first, its Python client the second. */
const FILE_FIELDS: readonly string[] = ['file', 'files'];
/** No client sends more than the file and a `file_type`. */
const MAX_PARTS = 20;

/**
 * Reads the file of a `multipart/form-data` body; other fields are ignored.
 *
 * @throws FlowservError 400 when the body is no form, is malformed, or has no file
 */
export function readFileForm(contentType: string | undefined, body: Buffer): Promise<UploadedFile> {
  return new Promise((resolve, reject) => {
    const refuse = (message: string, cause?: unknown) => reject(invalid('upload.form', message, cause));
    let parser: busboy.Busboy;
    try {
      parser = busboy({
        headers: { 'content-type': contentType ?? '' },
        preservePath: true,
        defParamCharset: 'utf8',
        limits: { parts: MAX_PARTS, fieldSize: 64 * 1024 },
      });
    } catch (error) {
      refuse('no file request', error);
      return;
    }
    let found: Promise<UploadedFile> | undefined;
    let unnamed = false;
    parser.on('file', (field, stream, { filename }) => {
      // A form that ends in the middle ends each of its files with an error, which is the parser's as well.
      stream.on('error', () => {});
      if (found || !FILE_FIELDS.includes(field)) {
        stream.resume();
        return;
      }
      const name = filename ?? '';
      found = Array.fromAsync(stream).then((chunks) => ({ name, content: Buffer.concat(chunks) }));
      // The parser's own error ends the request; this one must not be reported a second time.
      found.catch(() => {});
    });
    parser.on('field', (field) => {
      // The parser takes a part with an empty file name for a plain field, unless it has the type of bytes.
      if (FILE_FIELDS.includes(field) && body.includes('filename=""')) unnamed = true;
    });
    parser.on('error', (error) => refuse('malformed form', error));
    parser.on('close', () => {
      if (found) resolve(found);
      else if (unnamed) reject(invalid('upload.name', 'empty file name'));
      else refuse('no file request');
    });
    parser.end(body);
  });
}
