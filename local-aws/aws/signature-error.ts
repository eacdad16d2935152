/** A request that could not be authenticated. `code` is the name of the SDK's exception. */
export class SignatureError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 403) {
    super(message);
    this.name = 'SignatureError';
    this.code = code;
    this.status = status;
  }
}

/** The error codes of a family of services, by the reason of the error. */
export interface ErrorCodes {
  readonly missing: string;
  readonly malformed: string;
  readonly malformedQuery: string;
  readonly unsigned: string;
  readonly unknownKey: string;
  readonly skewed: string;
  readonly mismatch: string;
}

/** S3 API reference, "Error Responses". */
const S3_CODES: ErrorCodes = {
  missing: 'AccessDenied',
  malformed: 'AuthorizationHeaderMalformed',
  malformedQuery: 'AuthorizationQueryParametersError',
  unsigned: 'AccessDenied',
  unknownKey: 'InvalidAccessKeyId',
  skewed: 'RequestTimeTooSkewed',
  mismatch: 'SignatureDoesNotMatch',
};

/** DynamoDB Developer Guide, "Error handling". The other JSON services have the same codes. */
const JSON_CODES: ErrorCodes = {
  missing: 'MissingAuthenticationTokenException',
  malformed: 'IncompleteSignatureException',
  malformedQuery: 'IncompleteSignatureException',
  unsigned: 'InvalidSignatureException',
  unknownKey: 'UnrecognizedClientException',
  skewed: 'InvalidSignatureException',
  mismatch: 'InvalidSignatureException',
};

/** Returns the codes of the service that requests are signed for. */
export function errorCodes(service: string): ErrorCodes {
  return service === 's3' ? S3_CODES : JSON_CODES;
}
