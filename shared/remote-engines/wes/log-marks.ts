/**
 * The lines by which the output of a step is found in the log of an engine. A run gets its id after its files and
 * arguments, so that none of them contains such a line.
 */
export const beginMark = (runId: string, step: number): string => `flowserv ${runId}: output of step ${step}`;

/** The line continues with a space and the exit code. */
export const endMark = (runId: string, step: number): string => `flowserv ${runId}: end of step ${step} with`;

/** Whether a line is one of these. */
export const isMark = (line: string, runId: string): boolean => line.startsWith(`flowserv ${runId}: `);

/** Whether a text contains the output of a step. */
export const hasMark = (text: string, runId: string): boolean =>
  text.includes(`flowserv ${runId}: end of step `);
