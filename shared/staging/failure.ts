import { FlowservError, NO_SPACE } from '../errors.ts';
import type { StepFailure } from './protocol.ts';

/**
 * Failures of the staging program. They leave the task in `ctl/failure.json` or in the status document and
 * never over HTTP; of their status only 503 has a meaning here: the same may work a moment later.
 */
export const failure = (code: string, message: string, cause?: unknown) =>
  new FlowservError(500, code, message, cause);

/** A transfer that may succeed when it is tried again. */
export const transient = (message: string, cause?: unknown) =>
  new FlowservError(503, 'transfer', message, cause);

/** Nothing more can be stored: on the disk of the task, or on that of a local server, which is the same. */
export const diskFull = () => failure('disk-full', NO_SPACE);

export const isTransient = (error: unknown): boolean =>
  error instanceof FlowservError && error.status === 503;

/** The system's code of an error, such as `ENOENT`, or undefined. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Any error as it goes into a document: own failures with their code, system errors without their paths. */
export function describeFailure(error: unknown): StepFailure {
  if (error instanceof FlowservError) return { code: error.code, message: error.message };
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return describeFailure(diskFull());
  if (code) return { code: 'unexpected', message: `the staging program met the system error ${code}` };
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'unexpected', message: `the staging program failed with ${text}` };
}
