import type { AttributeValue, Item } from 'dynalite/db/index.js';
import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';
import { findTable, type Input, runAction, validateInput } from './dynalite-call.ts';
import {
  type CancellationReason,
  parseInput,
  toAwsError,
  transactionCanceled,
  validationException,
} from './errors.ts';
import { alreadyApplied, fingerprint, rememberToken } from './idempotency.ts';
import { database } from './internals.ts';
import { itemSize } from './item-rules.ts';
import { callBack, type Storage, type WriteBatch } from './storage.ts';

/** Maximum number of actions in a transaction (DynamoDB quotas, "DynamoDB transactions"). */
const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1024 * 1024;

/** dynalite's own checks validate the contents. */
const value = z.custom<AttributeValue>((input) => typeof input === 'object' && input !== null);
const item: z.ZodType<Item> = z.record(z.string(), value);
const target = z.object({ TableName: z.string() });
const names = z.record(z.string(), z.string()).optional();
const condition = {
  ExpressionAttributeNames: names,
  ExpressionAttributeValues: item.optional(),
  ReturnValuesOnConditionCheckFailure: z.string().optional(),
};
const optionalCondition = { ...condition, ConditionExpression: z.string().optional() };

const writeAction = z
  .object({
    Put: target.extend({ Item: item, ...optionalCondition }).optional(),
    Update: target.extend({ Key: item, UpdateExpression: z.string(), ...optionalCondition }).optional(),
    Delete: target.extend({ Key: item, ...optionalCondition }).optional(),
    ConditionCheck: target.extend({ Key: item, ...condition, ConditionExpression: z.string() }).optional(),
  })
  .refine((action) => Object.values(action).filter(Boolean).length === 1, {
    error: 'TransactItems can only contain one of Check, Put, Update or Delete',
  });

const writeInput = z.object({
  TransactItems: z.array(writeAction).min(1).max(MAX_ACTIONS),
  ClientRequestToken: z.string().min(1).max(36).optional(),
});

const getInput = z.object({
  TransactItems: z
    .array(
      z.object({
        Get: target.extend({
          Key: item,
          ProjectionExpression: z.string().optional(),
          ExpressionAttributeNames: names,
        }),
      }),
    )
    .min(1)
    .max(MAX_ACTIONS),
});

type WriteAction = z.output<typeof writeAction>;

/** One action in the form of the equivalent single-item operation. */
interface PreparedAction {
  readonly operation: 'PutItem' | 'UpdateItem' | 'DeleteItem';
  /** A condition check is validated as a delete, but deletes nothing. */
  readonly checkOnly: boolean;
  readonly tableName: string;
  /** The key, or the item that contains it. */
  readonly keySource: Item;
  readonly data: Record<string, unknown>;
}

/**
 * TransactWriteItems: all actions or none. Actions do not see one another's writes, because no two may be on the same
 * item. The reasons of a cancellation list every action that failed, not only the first.
 * Source: DynamoDB API reference, TransactWriteItems.
 *
 * @param now milliseconds since the epoch, for the life of the client request token
 * @throws AwsError TransactionCanceledException with `CancellationReasons`, ValidationException,
 *   IdempotentParameterMismatchException, ResourceNotFoundException
 */
export async function transactWriteItems(storage: Storage, input: Input, now: number) {
  const { TransactItems, ClientRequestToken: token } = parseInput(writeInput, input);
  const print = fingerprint(input);
  const actions = TransactItems.map((action) => prepare(action, storage));
  return storage.write(async (batch) => {
    if (token !== undefined && (await alreadyApplied(storage, token, print, now))) return {};
    await rejectDuplicates(storage, actions);
    const reasons = [];
    for (const action of actions) reasons.push(await attempt(action, storage, batch));
    if (reasons.some(({ Code }) => Code !== 'None')) throw transactionCanceled(reasons);
    if (batch.itemBytes > MAX_BYTES) throw tooLarge();
    if (token !== undefined) rememberToken(batch, token, print, now);
    return {};
  });
}

/**
 * TransactGetItems: a consistent snapshot of the items.
 * Source: DynamoDB API reference, TransactGetItems.
 */
export async function transactGetItems(storage: Storage, input: Input) {
  const gets = parseInput(getInput, input).TransactItems.map(({ Get }) => {
    const data = validateInput('GetItem', Get, storage);
    return { tableName: Get.TableName, keySource: item.parse(data.Key), data };
  });
  return storage.read(async () => {
    await rejectDuplicates(storage, gets);
    const Responses = [];
    for (const { data } of gets) Responses.push(getOutput.parse(await runAction('GetItem', data, storage)));
    const bytes = Responses.reduce((sum, found) => sum + (found.Item ? itemSize(found.Item) : 0), 0);
    if (bytes > MAX_BYTES) throw tooLarge();
    return { Responses };
  });
}

const getOutput = z.object({ Item: item.optional() });

function prepare(action: WriteAction, storage: Storage): PreparedAction {
  const { Put, Update, Delete, ConditionCheck } = action;
  const make = (operation: PreparedAction['operation'], request: Input & { TableName: string }) => {
    const data = validateInput(operation, request, storage);
    return {
      operation,
      checkOnly: request === ConditionCheck,
      tableName: request.TableName,
      keySource: item.parse(data.Item ?? data.Key),
      data,
    };
  };
  if (Put) return make('PutItem', Put);
  if (Update) return make('UpdateItem', Update);
  const last = Delete ?? ConditionCheck;
  if (!last) throw validationException('an action of a transaction must not be empty');
  return make('DeleteItem', last);
}

/** Skips keys that do not fit their table: the action itself reports them as its reason. */
async function rejectDuplicates(
  storage: Storage,
  actions: readonly { readonly tableName: string; readonly keySource: Item }[],
): Promise<void> {
  const seen = new Set<string>();
  for (const { tableName, keySource } of actions) {
    const table = await findTable(storage, tableName);
    if (database.validateItem(keySource, table)) continue;
    const key = `${tableName}~${database.createKey(keySource, table)}`;
    if (seen.has(key)) {
      throw validationException('Transaction request cannot include multiple operations on one item');
    }
    seen.add(key);
  }
}

async function attempt(
  action: PreparedAction,
  storage: Storage,
  batch: WriteBatch,
): Promise<CancellationReason> {
  try {
    if (action.checkOnly) await checkCondition(action, storage, batch);
    else await runAction(action.operation, action.data, storage);
    return { Code: 'None' };
  } catch (error) {
    const rejection = toAwsError(error);
    if (!(rejection instanceof AwsError)) throw error;
    const { message: Message, fields } = rejection;
    if (rejection.code === 'ValidationException') return { Code: 'ValidationError', Message };
    if (rejection.code !== 'ConditionalCheckFailedException') throw rejection;
    const kept = fields.Item === undefined ? {} : { Item: fields.Item };
    return { Code: 'ConditionalCheckFailed', Message, ...kept };
  }
}

async function checkCondition(
  { tableName, keySource, data }: PreparedAction,
  storage: Storage,
  batch: WriteBatch,
): Promise<void> {
  const table = await findTable(storage, tableName);
  const invalid = database.validateKey(keySource, table);
  if (invalid) throw invalid;
  const items = storage.store.getItemDb(tableName);
  const found = await callBack<unknown>((done) => items.get(database.createKey(keySource, table), done));
  const existing = found === undefined ? undefined : item.parse(found);
  batch.itemBytes += existing ? itemSize(existing) : 0;
  const rejection = database.checkConditional(data, existing);
  if (rejection) throw rejection;
}

const tooLarge = () => validationException('the items of a transaction must not exceed 4 MB together');
