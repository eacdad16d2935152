import type * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';

/** The request asks for something that the service refuses (ECS API reference, common errors). */
export const clientError = (message: string) => new AwsError('ClientException', message);

/** A parameter of the request is not valid. */
export const invalidParameter = (message: string) => new AwsError('InvalidParameterException', message);

/** The service cannot answer now; Step Functions retries it under `ECS.ServerException`. */
export const serverError = (message: string) => new AwsError('ServerException', message, 500);

/**
 * Reads a request with a schema.
 *
 * @throws what `refuse` makes of the first problem. A field that the local service does not implement is
 *   a problem too: what it ignored in silence would work here and fail on AWS, or the other way round.
 */
export function readInput<Output>(
  schema: z.ZodType<Output>,
  input: unknown,
  refuse: (message: string) => AwsError,
): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  const message = issue?.message ?? 'invalid request';
  throw refuse(path === '' ? message : `${path}: ${message}`);
}
