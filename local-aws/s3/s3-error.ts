/** An error of S3: the name of the SDK's exception, and the HTTP status. */
export class S3Error extends Error {
  readonly code: string;
  readonly status: number;
  /** Further elements of the error document, e.g. `ActualObjectSize`. */
  readonly details: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = code;
    this.status = status;
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}

// Codes and statuses: S3 API reference, "Error Responses".

export const invalidArgument = (message: string) => new S3Error(400, 'InvalidArgument', message);
export const invalidRequest = (message: string) => new S3Error(400, 'InvalidRequest', message);
export const malformedXml = () =>
  new S3Error(400, 'MalformedXML', 'the XML document is not well-formed or not of the expected form');
export const accessDenied = (message = 'Access Denied') => new S3Error(403, 'AccessDenied', message);
export const noSuchBucket = (bucket: string) =>
  new S3Error(404, 'NoSuchBucket', 'the bucket does not exist', { BucketName: bucket });
export const noSuchKey = (key: string) =>
  new S3Error(404, 'NoSuchKey', 'the key does not exist', { Key: key });
export const noSuchUpload = (uploadId: string) =>
  new S3Error(404, 'NoSuchUpload', 'the upload does not exist: it may have been aborted or completed', {
    UploadId: uploadId,
  });
export const preconditionFailed = (condition: string) =>
  new S3Error(412, 'PreconditionFailed', 'a precondition of the request does not hold', {
    Condition: condition,
  });
export const notImplemented = (what: string) =>
  new S3Error(501, 'NotImplemented', `not implemented here: ${what}`);
export const entityTooLarge = (limit: number) =>
  new S3Error(400, 'EntityTooLarge', 'the upload is larger than allowed', { MaxSizeAllowed: String(limit) });
export const badDigest = (what: string) =>
  new S3Error(400, 'BadDigest', `the ${what} given does not match the one calculated`);
export const incompleteBody = () =>
  new S3Error(400, 'IncompleteBody', 'the request body ended early or is not framed as announced');
