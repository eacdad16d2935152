/** Lambda's response for a failed function: the document of an `X-Amz-Function-Error` response. */
interface FunctionErrorDocument {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/**
 * A function failed, timed out, or returned a result that Lambda cannot send. As JSON, the error is the document that
 * callers of the Invoke API receive.
 *
 * Source: Lambda Developer Guide, "Lambda function errors in Node.js".
 */
export class FunctionError extends Error implements FunctionErrorDocument {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];

  constructor(errorType: string, errorMessage: string, trace: readonly string[] = [], cause?: unknown) {
    super(errorMessage, cause === undefined ? undefined : { cause });
    this.name = 'FunctionError';
    this.errorType = errorType;
    this.errorMessage = errorMessage;
    this.trace = trace;
  }

  toJSON(): FunctionErrorDocument {
    return { errorType: this.errorType, errorMessage: this.errorMessage, trace: this.trace };
  }
}

/** The exceptions of the Invoke API that this package throws, with their status codes. */
const INVOKE_ERRORS = {
  InvalidRequestContentException: 400,
  RequestTooLargeException: 413,
  ResourceNotFoundException: 404,
  ResourceNotReadyException: 502,
  ServiceException: 500,
  TooManyRequestsException: 429,
} as const;

/** Lambda rejected an invocation: the function did not run. `name` is the API's exception name. */
export class InvokeError extends Error {
  readonly code: keyof typeof INVOKE_ERRORS;
  readonly status: number;

  constructor(code: keyof typeof INVOKE_ERRORS, message: string) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = INVOKE_ERRORS[code];
  }
}

/** Converts any value that a handler threw to the Node.js runtime's error; returns a FunctionError unchanged. */
export function toFunctionError(thrown: unknown): FunctionError {
  if (thrown instanceof FunctionError) return thrown;
  if (thrown instanceof Error) {
    return new FunctionError(thrown.name, thrown.message, thrown.stack?.split('\n') ?? [], thrown);
  }
  return new FunctionError(typeof thrown, String(thrown), [], thrown);
}
