import { FunctionError, InvokeError } from './errors.ts';

/** 6 MB, the maximum size of an event of a synchronous invocation (Lambda quotas). */
const MAX_EVENT_BYTES = 6_291_456;
/** 6 MB and 100 bytes, the maximum size of a result; the number is from Lambda's own message. */
const MAX_RESULT_BYTES = 6_291_556;

/**
 * Encodes an event as JSON; the function receives its own copy.
 *
 * @throws InvokeError for an event that is not valid JSON or larger than 6 MB
 */
export function encodeEvent(event: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(event) ?? '{}';
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvokeError('InvalidRequestContentException', `Could not convert the event to JSON: ${reason}`);
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

/** @throws FunctionError for a result above Lambda's limit */
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
