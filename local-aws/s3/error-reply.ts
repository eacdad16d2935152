import { SignatureError } from '../aws/signature.ts';
import { findShortage } from '../shortage.ts';
import type { S3Reply } from './call.ts';
import { incompleteBody, S3Error } from './s3-error.ts';
import { isGone } from './send-reply.ts';
import { xmlError } from './xml.ts';

/** Converts any error to S3's error document. An unexpected error becomes an InternalError without details. */
export function errorReply(
  error: unknown,
  { requestId, resource }: { readonly requestId: string; readonly resource: string },
  onError: ((error: unknown) => void) | undefined,
): S3Reply {
  const known = asS3Error(error);
  if (!known) onError?.(error);
  const { status, code, message, details, headers } =
    known ?? new S3Error(500, 'InternalError', 'an internal error occurred');
  const body = xmlError({
    Code: code,
    Message: message,
    Resource: resource,
    RequestId: requestId,
    ...details,
  });
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}

function asS3Error(error: unknown): S3Error | undefined {
  if (error instanceof S3Error) return error;
  if (isGone(error)) return incompleteBody();
  if (error instanceof SignatureError) return new S3Error(error.status, error.code, error.message);
  const shortage = findShortage(error);
  return shortage && new S3Error(shortage.status, shortage.code, shortage.message);
}
