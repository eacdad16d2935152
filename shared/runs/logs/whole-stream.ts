import type { Services } from '../../services/services.ts';
import { MAX_LINK_SECONDS } from '../../volumes/presign.ts';
import type { StepRecord } from '../steps/record.ts';
import { logKey, type StoredLog, withoutFolder } from './step-log.ts';
import type { StreamName } from './streams.ts';

/** A larger stream is served by a link: a Lambda response holds 6 MB after base64. */
const INLINE_BYTES = 4 * 1024 * 1024;

/**
 * Everything that is stored of a stream, or a link to it. Undefined when it is gone. A note stands for bytes that were
 * left out in the middle.
 */
export async function readWholeStream(
  { objects }: Services,
  runId: string,
  step: Pick<StepRecord, 'index' | 'attempt'>,
  log: StoredLog,
  name: StreamName,
  headers: { readonly type: string; readonly disposition: string },
): Promise<{ readonly content: Buffer } | { readonly link: string } | undefined> {
  const { bytes, parts } = log[name];
  const shown = (content: Buffer) => ({
    // Latin-1 maps each byte to one character, so that bytes that are no UTF-8 stay as they are.
    content: Buffer.from(withoutFolder(content.toString('latin1'), log.folder), 'latin1'),
  });
  if (bytes !== null) return shown(Buffer.from(bytes, 'base64'));
  const key = logKey(runId, step, name);
  if (parts.reduce((sum, { length }) => sum + length, 0) < INLINE_BYTES) {
    const content = await objects.read('work', key, 2 * INLINE_BYTES);
    return content && shown(content);
  }
  const query = {
    'response-content-type': headers.type,
    'response-content-disposition': headers.disposition,
  };
  return { link: await objects.link('work', { method: 'GET', key, expiresIn: MAX_LINK_SECONDS, query }) };
}
