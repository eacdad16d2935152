import { ApiError } from './error.ts';
import { sleep } from './persist.ts';

/** Twice the time that a function has to make a file (Lambda, 15 minutes). */
const PATIENCE_MS = 30 * 60_000;
/** Between two requests, where the server does not say when to come again. */
const RETRY_SECONDS = 5;

/**
 * Asks for a download again and again until its file has been made: an archive that its run has not
 * made is made when somebody asks for it.
 *
 * @param onWait called once, before the first pause
 * @throws ApiError of the download; `download.not-ready` after half an hour
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
