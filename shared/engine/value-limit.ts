/**
 * Longest value of a variable in a step, in bytes. Linux allows at most 131,072 bytes for one environment string with
 * its name (execve, MAX_ARG_STRLEN). The result of a code step becomes a variable, so it is the limit of its JSON, too.
 */
export const MAX_VALUE_BYTES = 120_000;
