/** Files up to 4 MB go through the function: its event holds 6 MB after base64 (Lambda quotas). */
export const FORM_BYTES = 4 * 1024 * 1024;

/** Links to parts of a larger file that come at once. */
export const MAX_LINKS = 100;
/** Parts of one object (Amazon S3, multipart upload limits). */
export const MAX_PARTS = 10_000;
