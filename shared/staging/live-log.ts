import { setTimeout as pause } from 'node:timers/promises';
import type { Broker } from './broker.ts';
import type { StagingEnvironment } from './environment.ts';
import { describeFailure } from './failure.ts';
import { logUpload, readStepLog } from './step-log.ts';
import { storeUpload } from './upload.ts';

/** Pauses between two uploads of the log: while a user reads it, and otherwise. */
const WATCHED_MS = 3_000;
const UNWATCHED_MS = 30_000;
/** A participant looks at a step when it begins, before a response of the broker can say so. */
const FIRST_UPLOADS = 20;

/**
 * Uploads the end of a step's output while the step runs, if it changed. A failure is ignored, as the log of the end is
 * complete, but a rejected ticket ends the uploads.
 *
 * @param signal aborted at the end of the step. An upload in progress may still be stored, so readers prefer the log of
 *   the end
 */
export async function uploadLive(
  env: StagingEnvironment,
  broker: Broker,
  signal: AbortSignal,
): Promise<void> {
  let stored = '';
  for (let soon = FIRST_UPLOADS; ; soon -= 1) {
    await pause(soon > 0 ? WATCHED_MS : UNWATCHED_MS, undefined, { signal });
    try {
      const upload = logUpload('live', (await readStepLog(env)).log);
      const { kind, path, body } = upload;
      const { size, sha256 } = body;
      const isNew = sha256 !== stored;
      const { links, watched } = await broker.uploads(isNew ? [{ kind, path, size, sha256 }] : []);
      if (watched && soon < 2) soon = 2;
      if (isNew) await storeUpload(broker, upload, links[0]);
      stored = sha256;
    } catch (error) {
      if (describeFailure(error).code === 'refused') return;
    }
  }
}
