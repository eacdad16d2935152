import { unchecked, type Verdict } from './finding.ts';

/**
 * Returns the finding for a call that failed; if access was denied, with the missing action. Services name it in
 * the message; Cloud Control forwards the message of the service that it called.
 *
 * @param action what the call needs, for services that do not name it
 */
export function failedCall(error: unknown, action: string): Verdict {
  if (!(error instanceof Error)) return unchecked(String(error));
  const named = /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(error.message)?.[1];
  if (named !== undefined || /^(AccessDenied|UnauthorizedOperation|NotAuthorized)/.test(error.name)) {
    return unchecked(`The call was denied: your credentials lack ${named ?? action}.`);
  }
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return unchecked('AWS did not respond in time.');
  }
  return unchecked(`AWS responded with ${error.name}: ${error.message || 'without a message'}`);
}
