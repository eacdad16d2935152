import type * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';

/** The service rejects the request (ECS API reference, common errors). */
export const clientError = (message: string) => new AwsError('ClientException', message);

/** A parameter of the request is not valid. */
export const invalidParameter = (message: string) => new AwsError('InvalidParameterException', message);

/** The service cannot process the request now; Step Functions reports `ECS.ServerException`, which can be retried. */
export const serverError = (message: string) => new AwsError('ServerException', message, 500);

/**
 * Parses a request by a schema.
 *
 * @throws the error that `toError` creates from the first problem. A field that the local service does not support is a
 *   problem too: if it were silently ignored, a request could work here and fail on AWS, or the other way round.
 */
export function readInput<Output>(
  schema: z.ZodType<Output>,
  input: unknown,
  toError: (message: string) => AwsError,
): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  const message = issue?.message ?? 'invalid request';
  throw toError(path === '' ? message : `${path}: ${message}`);
}
