import * as z from 'zod';
import type { FunctionCall } from './handler-call.ts';

/** To a runner: one event. The next comes only after the answer to this one. */
export interface RunnerCall extends FunctionCall {
  /** When its time is over, in milliseconds since the epoch. */
  readonly deadline: number;
}

const errorDocument = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.array(z.string()),
});

/**
 * From a runner: `ready` once the module is loaded, then an `answer` (JSON text) or an `error` for each event.
 * After `fatal` the process ends: the module could not be loaded, or an error was caught by nobody.
 */
export const runnerMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('answer'), answer: z.string() }),
  z.object({ kind: z.literal('error'), error: errorDocument }),
  z.object({ kind: z.literal('fatal'), error: errorDocument }),
]);

export type RunnerMessage = z.infer<typeof runnerMessage>;
