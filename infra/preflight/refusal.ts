import { unchecked, type Verdict } from './finding.ts';

/**
 * What is said of a call that gave no answer: the action that the caller lacks where it was denied. Services name it in
 * the message; Cloud Control hands on the message of the service that it has asked.
 *
 * @param action what the call needs, for services that do not name it
 */
export function refusal(error: unknown, action: string): Verdict {
  if (!(error instanceof Error)) return unchecked(String(error));
  const named = /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(error.message)?.[1];
  if (named !== undefined || /^(AccessDenied|UnauthorizedOperation|NotAuthorized)/.test(error.name)) {
    return unchecked(`The call was denied: your credentials lack ${named ?? action}.`);
  }
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return unchecked('AWS has not answered in time.');
  }
  return unchecked(`AWS has answered ${error.name}: ${error.message || 'without a message'}`);
}
