import type { Table } from 'dynalite/db/index.js';
import { type DynaliteOperation, dynaliteOperations, validations } from './internals.ts';
import { callBack, type Storage } from './storage.ts';

/** The input of an operation, as the JSON protocol carries it. */
export type Input = Readonly<Record<string, unknown>>;

/** Parameters of conditional writes that dynalite would drop silently. */
const CONDITION_PARAMETERS = {
  ReturnValuesOnConditionCheckFailure: { type: 'String', enum: ['ALL_OLD', 'NONE'] },
};

/**
 * Checks an input by dynalite's rules for types, limits and expressions. The result contains parsed expressions, so
 * only `runAction` may use it.
 *
 * @throws ServiceError of dynalite, ValidationException or SerializationException
 */
export function validateInput(operation: DynaliteOperation, input: Input, { store }: Storage) {
  const { rules } = dynaliteOperations[operation];
  const conditional = operation === 'PutItem' || operation === 'UpdateItem' || operation === 'DeleteItem';
  const types = conditional ? { ...rules.types, ...CONDITION_PARAMETERS } : rules.types;
  const data = validations.checkTypes({ ...input }, types);
  validations.checkValidations(data, types, rules.custom, store);
  return data;
}

/** Runs one of dynalite's actions as part of the current request. */
export async function runAction(
  operation: DynaliteOperation,
  data: Record<string, unknown>,
  { store }: Storage,
): Promise<unknown> {
  const { action } = dynaliteOperations[operation];
  return callBack<unknown>((done) => action(store, data, done));
}

/** @throws ServiceError of dynalite, ResourceNotFoundException */
export async function findTable({ store }: Storage, name: string): Promise<Table> {
  const table = await callBack<Table>((done) => store.getTable(name, false, done));
  if (!table) throw new Error(`table '${name}' has no description`);
  return table;
}
