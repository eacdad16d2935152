/** Files up to 4 MB go through the function: its event holds 6 MB after base64 (Lambda quotas). */
export const FORM_BYTES = 4 * 1024 * 1024;

/** Maximum number of links to parts in one response. */
export const MAX_LINKS = 100;
/** Maximum number of parts of one object (Amazon S3, multipart upload limits). */
export const MAX_PARTS = 10_000;
