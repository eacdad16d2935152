import { type Change, type Condition, conditionInput, placeholders, updateInput } from './expressions.ts';
import type { Item, Write } from './item.ts';
import type { Key } from './keys.ts';

/** Makes the actions of transactions on one table. */
export const createActions = (TableName: string) => ({
  put: (item: Item, condition?: Condition): Write => ({
    Put: { TableName, Item: item, ...conditionInput(condition) },
  }),
  update: (key: Key, change: Change, condition?: Condition): Write => ({
    Update: { TableName, Key: { ...key }, ...updateInput(change, condition) },
  }),
  remove: (key: Key, condition?: Condition): Write => ({
    Delete: { TableName, Key: { ...key }, ...conditionInput(condition) },
  }),
  check: (key: Key, condition: Condition): Write => ({
    ConditionCheck: {
      TableName,
      Key: { ...key },
      ConditionExpression: condition.expression,
      ...placeholders(condition.expression, condition.values),
    },
  }),
});
