import * as z from 'zod';
import type { FunctionCall } from './handler-call.ts';

/** Message to a runner: one event. The host sends the next event only after the result of this one. */
export interface RunnerCall extends FunctionCall {
  /** The end of the function's time limit, in milliseconds since the epoch. */
  readonly deadline: number;
}

const errorDocument = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.array(z.string()),
});

/**
 * Message from a runner: `ready` when the module is loaded, then a `response` (JSON text) or an `error` for each event.
 * After `fatal`, the process ends: the module could not be loaded, or an error was not caught.
 */
export const runnerMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('response'), response: z.string() }),
  z.object({ kind: z.literal('error'), error: errorDocument }),
  z.object({ kind: z.literal('fatal'), error: errorDocument }),
]);

export type RunnerMessage = z.infer<typeof runnerMessage>;
