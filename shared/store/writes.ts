import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { ConditionFailed } from './conditional.ts';
import { afterConflict, CONFLICT_ATTEMPTS } from './conflict.ts';
import { type Change, type Condition, conditionInput, updateInput } from './expressions.ts';
import type { Item, Write } from './item.ts';
import type { Key } from './keys.ts';

/**
 * A write of one action. If it meets a transaction on the same item, it is rejected with a conflict, which the SDK
 * does not retry (DynamoDB, "Transaction conflict handling").
 */
async function single<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) throw new ConditionFailed([0], error);
      if (!(error instanceof TransactionConflictException) || attempt >= CONFLICT_ATTEMPTS) throw error;
      await afterConflict(attempt);
    }
  }
}

/** Writes of one table. Conflicts with other transactions are retried. */
export function createWrites(documents: DynamoDBDocumentClient, TableName: string) {
  return {
    /** @throws ConditionFailed */
    async put(item: Item, condition?: Condition): Promise<void> {
      const put = new PutCommand({ TableName, Item: item, ...conditionInput(condition) });
      await single(() => documents.send(put));
    },

    /** Changes one item and returns it as it is afterwards. @throws ConditionFailed */
    async update(key: Key, change: Change, condition?: Condition): Promise<Item> {
      const input = { TableName, Key: { ...key }, ReturnValues: 'ALL_NEW' as const };
      const update = new UpdateCommand({ ...input, ...updateInput(change, condition) });
      return (await single(() => documents.send(update))).Attributes as Item;
    },

    /** @throws ConditionFailed */
    async remove(key: Key, condition?: Condition): Promise<void> {
      const remove = new DeleteCommand({ TableName, Key: { ...key }, ...conditionInput(condition) });
      await single(() => documents.send(remove));
    },

    /**
     * Makes all writes or none; at most 100 actions (DynamoDB, TransactWriteItems). A transaction that was cancelled
     * only because of a concurrent one is retried here, since the SDK does not do that. It never counts as a failed
     * condition.
     *
     * @throws ConditionFailed with the positions of the actions whose condition failed
     */
    async transact(writes: readonly Write[]): Promise<void> {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await documents.send(new TransactWriteCommand({ TransactItems: [...writes] }));
          return;
        } catch (error) {
          if (!(error instanceof TransactionCanceledException)) throw error;
          const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
          const failed = codes.flatMap((code, index) => (code === 'ConditionalCheckFailed' ? [index] : []));
          if (failed.length > 0) throw new ConditionFailed(failed, error);
          const conflict = codes.some((code) => code === 'TransactionConflict' || code === 'ThrottlingError');
          if (!conflict || attempt >= CONFLICT_ATTEMPTS) throw error;
          await afterConflict(attempt);
        }
      }
    },
  };
}
