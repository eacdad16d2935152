import * as z from 'zod';
import { runStates } from '../runs/state.ts';

/** Responses with the output of steps, as a client reads them. */

const text = z.string();

const logPage = z
  .object({
    text,
    /** Bytes of the stream: where the text begins and where the next page does, and what was written so far. */
    start: z.number(),
    next: z.number(),
    size: z.number(),
    /** Whether nothing follows any more. */
    complete: z.boolean(),
  })
  .meta({ id: 'LogPage' });
export const runLogs = z
  .object({
    state: z.enum(runStates),
    steps: z.array(
      z.object({
        index: z.number(),
        name: text,
        state: z.enum(['pending', 'running', 'waiting', 'success', 'failed', 'stopped']),
        attempt: z.number().optional(),
        startedAt: text.optional(),
        finishedAt: text.optional(),
        exitCode: z.number().optional(),
        /** Why the step failed or is repeated, or why there is this attempt. */
        reason: text.optional(),
        /** True if only organisers may read the output. */
        private: z.boolean().optional(),
        /** The run whose outputs the step took. */
        takenFrom: text.optional(),
        stdout: logPage.optional(),
        stderr: logPage.optional(),
      }),
    ),
  })
  .meta({ id: 'RunLogs' });

export type RunLogs = z.infer<typeof runLogs>;
export type LogPage = z.infer<typeof logPage>;
