import { NO_SPACE } from '../no-space.ts';
import type { StepFailure } from './protocol.ts';

/** A failure of the staging program, which is written to `ctl/failure.json` or to the status document. */
export class StagingFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export const failure = (code: string, message: string, cause?: unknown) =>
  new StagingFailure(code, message, cause);

/** A transfer that may succeed when it is tried again. */
export const transient = (message: string, cause?: unknown) => new StagingFailure('transfer', message, cause);

/** Nothing more can be stored on the disk of the task, or of the local server, which is the same disk. */
export const diskFull = () => failure('disk-full', NO_SPACE);

export const isTransient = (error: unknown): boolean =>
  error instanceof StagingFailure && error.code === 'transfer';

/** The system's code of an error, such as `ENOENT`, or undefined. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Describes an error for a document: own failures with their code, system errors without their paths. */
export function describeFailure(error: unknown): StepFailure {
  if (error instanceof StagingFailure) return { code: error.code, message: error.message };
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return describeFailure(diskFull());
  if (code)
    return { code: 'unexpected', message: `the staging program failed with the system error ${code}` };
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'unexpected', message: `the staging program failed with ${text}` };
}
