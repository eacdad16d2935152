import { ApiError } from './error.ts';
import { sleep } from './persist.ts';

/** Time limit: twice the maximum time of a function that creates a file (Lambda, 15 minutes). */
const PATIENCE_MS = 30 * 60_000;
/** Pause between two requests, if the server sends none. */
const RETRY_SECONDS = 5;

/**
 * Repeats a download until its file exists: an archive that the run did not create is created after the first request.
 *
 * @param onWait called once, before the first pause; no-op by default
 * @throws ApiError of the download; `download.not-ready` after half an hour
 * @example
 * const response = await whenReady(() => client.runs.downloadArchive(run.id));
 * await saveDownload(response, 'run.tar.gz');
 */
export async function whenReady(
  download: () => Promise<Response>,
  onWait: () => void = () => {},
): Promise<Response> {
  const end = Date.now() + PATIENCE_MS;
  for (let waited = false; ; waited = true) {
    try {
      return await download();
    } catch (error) {
      if (!isNotReady(error) || Date.now() >= end) throw error;
      if (!waited) onWait();
      const { retryAfter = RETRY_SECONDS } = error;
      await sleep(Math.min(1000 * retryAfter, Math.max(0, end - Date.now())));
    }
  }
}

const isNotReady = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.code === 'download.not-ready';
