/** Maximum length of a result document (1 MiB), in bytes and in characters: it contains only a few values. */
export const MAX_RESULT_LENGTH = 1024 * 1024;
