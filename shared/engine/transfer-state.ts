import { caughtError, expression, guarded, invoke, type JsonObject, LAMBDA_RETRY } from './step-states.ts';

/** Name of the state that calls `transfer`. */
export const TRANSFER = 'Transfer';

/** Slightly more than the longest time limit of a function, 900 s. */
const TIMEOUT_SECONDS = 930;

/**
 * Calls `transfer` and reports to `next` how it ended. An error is not retried here, because `next` counts the failures
 * of a step.
 */
export function transferState(functionArn: string, hub: string): JsonObject {
  const [phase, step, attempt] = ['phase', 'step', 'attempt'].map((field) =>
    expression(`$answer.${field}`),
  ) as [string, string, string];
  const payload = '$states.result.Payload';
  const ended = {
    phase,
    failure: guarded(`${payload}.failure`, "''"),
    permanent: guarded(`${payload}.permanent`, 'false'),
  };
  const failed = { phase, failure: '', permanent: false };
  return {
    ...invoke(functionArn, { runId: expression('$runId'), phase, step, attempt }, TIMEOUT_SECONDS),
    Assign: { outcome: { step, attempt, transfer: ended } },
    Retry: [LAMBDA_RETRY],
    Catch: [
      {
        ErrorEquals: ['States.ALL'],
        Assign: { outcome: { step, attempt, transfer: failed, error: caughtError() } },
        Output: {},
        Next: hub,
      },
    ],
    Next: hub,
  };
}
