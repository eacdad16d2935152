import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';

/** The shape of the errors that dynalite raises for a refused request. */
const serviceError = z.object({
  statusCode: z.number(),
  body: z.looseObject({
    __type: z.string(),
    message: z.string().optional(),
    Message: z.string().optional(),
  }),
});

/**
 * An error of dynalite as the error of the local services; any other error as it is. Members beside code
 * and message, such as `Item` of a failed condition, are kept.
 */
export function asRefusal(error: unknown): unknown {
  const parsed = serviceError.safeParse(error);
  if (!parsed.success) return error;
  const { __type, message, Message, ...fields } = parsed.data.body;
  const code = __type.slice(__type.indexOf('#') + 1);
  return new AwsError(code, message ?? Message ?? '', parsed.data.statusCode, fields);
}

/** 400 ValidationException: a request that DynamoDB does not accept. */
export const validationException = (message: string) => new AwsError('ValidationException', message);

/**
 * Reads the input of an operation that dynalite does not know.
 *
 * @throws AwsError ValidationException, naming the first member that does not fit
 */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  throw validationException(
    `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${issue?.message}`,
  );
}

export interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: unknown;
}

/** 400 TransactionCanceledException, with a reason for each action. */
export function transactionCanceled(reasons: readonly CancellationReason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    400,
    { CancellationReasons: reasons },
  );
}
