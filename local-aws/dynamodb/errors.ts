import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';

/** The shape of the errors that dynalite throws for a rejected request. */
const serviceError = z.object({
  statusCode: z.number(),
  body: z.looseObject({
    __type: z.string(),
    message: z.string().optional(),
    Message: z.string().optional(),
  }),
});

/**
 * Converts an error of dynalite to an AwsError; returns any other error unchanged. Keeps members besides code and
 * message, such as `Item` of a failed condition.
 */
export function toAwsError(error: unknown): unknown {
  const parsed = serviceError.safeParse(error);
  if (!parsed.success) return error;
  const { __type, message, Message, ...fields } = parsed.data.body;
  const code = __type.slice(__type.indexOf('#') + 1);
  return new AwsError(code, message ?? Message ?? '', parsed.data.statusCode, fields);
}

/** 400 ValidationException: the request is not valid. */
export const validationException = (message: string) => new AwsError('ValidationException', message);

/**
 * Parses the input of an operation that dynalite lacks.
 *
 * @throws AwsError ValidationException, with the first member that is not valid
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
