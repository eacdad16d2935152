import type { Interceptor } from '../aws/interceptor.ts';
import { AwsError } from '../aws/json-protocol.ts';
import { transactionCanceled } from '../dynamodb/errors.ts';
import type { Random } from './random.ts';

/** Share of the writes that are rejected. Eight attempts in a row fail once in 400,000 times. */
const CONFLICT_SHARE = 0.2;

/**
 * Rejects some writes as if another transaction used one of their items, before anything is written (DynamoDB
 * Developer Guide, "Transaction conflict handling in DynamoDB").
 */
export function conflicts(random: Random): Interceptor {
  return async ({ operation, input }, proceed) => {
    if (operation === 'TransactWriteItems' && random() < CONFLICT_SHARE) throw cancelled(input, random);
    if (SINGLE_WRITES.has(operation) && random() < CONFLICT_SHARE) {
      throw new AwsError('TransactionConflictException', 'Transaction is ongoing for the item');
    }
    return proceed();
  };
}

const SINGLE_WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/** Returns the error of a canceled transaction: a random action has the conflict, the others have no reason. */
function cancelled(input: Readonly<Record<string, unknown>>, random: Random): AwsError {
  const actions = Array.isArray(input.TransactItems) ? input.TransactItems.length : 1;
  const chosen = Math.floor(random() * actions);
  const reasons = Array.from({ length: actions }, (_, index) =>
    index === chosen
      ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }
      : { Code: 'None' },
  );
  return transactionCanceled(reasons);
}
