import { FunctionError, InvokeError } from './errors.ts';

/** 6 MB, the largest event of a synchronous invocation (Lambda quotas). */
const MAX_EVENT_BYTES = 6_291_456;
/** 6 MB and 100 bytes, the largest answer; the number that Lambda's own message names. */
const MAX_RESULT_BYTES = 6_291_556;

/**
 * The event as it goes over the wire; the function reads its own copy.
 *
 * @throws InvokeError for an event that is no JSON or larger than 6 MB
 */
export function encodeEvent(event: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(event) ?? '{}';
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvokeError('InvalidRequestContentException', `Could not make JSON of the event: ${reason}`);
  }
  const size = Buffer.byteLength(text);
  if (size > MAX_EVENT_BYTES) {
    throw new InvokeError(
      'RequestTooLargeException',
      `${size} byte payload is too large for this invocation type (limit ${MAX_EVENT_BYTES} bytes)`,
    );
  }
  return text;
}

/** @throws FunctionError for an answer that is larger than Lambda carries */
export function checkResultSize(text: string): string {
  const size = Buffer.byteLength(text);
  if (size > MAX_RESULT_BYTES) {
    throw new FunctionError(
      'Function.ResponseSizeTooLarge',
      `Response payload size (${size} bytes) exceeded maximum allowed payload size (${MAX_RESULT_BYTES} bytes).`,
    );
  }
  return text;
}
