import { expect } from 'vitest';
import { FlowservError } from '../../shared/errors.ts';

/** Runs a function that must fail with an error of the catalogue, and returns that error. */
export function faultOf(action: () => unknown): FlowservError {
  try {
    action();
  } catch (error) {
    if (error instanceof FlowservError) return error;
    throw error;
  }
  return expect.fail('nothing was thrown');
}

/** Waits for a promise that must fail in the same way, and returns its error. */
export async function faultOfPromise(promise: Promise<unknown>): Promise<FlowservError> {
  const outcome = await promise.then(
    () => expect.fail('nothing was thrown'),
    (error: unknown) => error,
  );
  if (outcome instanceof FlowservError) return outcome;
  throw outcome;
}
