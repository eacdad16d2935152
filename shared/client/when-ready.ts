import { ApiError } from './error.ts';

/** Twice as long as the server takes to make a file at most. */
const PATIENCE_MS = 30 * 60_000;
/** Between two requests, where the server does not say when to come again. */
const RETRY_SECONDS = 5;

/**
 * Asks for a download again and again until its file has been made: an archive of more than 1 GiB is made when
 * somebody asks for it.
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
      if (!isNotReady(error) || Date.now() > end) throw error;
      if (!waited) onWait();
      const { retryAfter = RETRY_SECONDS } = error;
      await new Promise((resolve) => setTimeout(resolve, 1000 * retryAfter));
    }
  }
}

const isNotReady = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.code === 'download.not-ready';
