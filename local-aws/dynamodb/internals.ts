import batchGetItem from 'dynalite/actions/batchGetItem.js';
import batchWriteItem from 'dynalite/actions/batchWriteItem.js';
import createTable from 'dynalite/actions/createTable.js';
import deleteItem from 'dynalite/actions/deleteItem.js';
import deleteTable from 'dynalite/actions/deleteTable.js';
import describeTable from 'dynalite/actions/describeTable.js';
import getItem from 'dynalite/actions/getItem.js';
import listTables from 'dynalite/actions/listTables.js';
import putItem from 'dynalite/actions/putItem.js';
import query from 'dynalite/actions/query.js';
import scan from 'dynalite/actions/scan.js';
import updateItem from 'dynalite/actions/updateItem.js';
import updateTable from 'dynalite/actions/updateTable.js';
import database from 'dynalite/db/index.js';
import manifest from 'dynalite/package.json' with { type: 'json' };
import batchGetItemRules from 'dynalite/validations/batchGetItem.js';
import batchWriteItemRules from 'dynalite/validations/batchWriteItem.js';
import createTableRules from 'dynalite/validations/createTable.js';
import deleteItemRules from 'dynalite/validations/deleteItem.js';
import deleteTableRules from 'dynalite/validations/deleteTable.js';
import describeTableRules from 'dynalite/validations/describeTable.js';
import getItemRules from 'dynalite/validations/getItem.js';
import validations from 'dynalite/validations/index.js';
import listTablesRules from 'dynalite/validations/listTables.js';
import putItemRules from 'dynalite/validations/putItem.js';
import queryRules from 'dynalite/validations/query.js';
import scanRules from 'dynalite/validations/scan.js';
import updateItemRules from 'dynalite/validations/updateItem.js';
import updateTableRules from 'dynalite/validations/updateTable.js';

/** The only release whose internals are known to match what this folder expects. */
export const PINNED_VERSION = '4.0.0';

/**
 * dynalite's own operations: the action, its parameter rules, and how it uses the store.
 * `table` marks those that respond first and write the table's final status from a timer later.
 */
export const dynaliteOperations = {
  BatchGetItem: { action: batchGetItem, rules: batchGetItemRules, access: 'read' },
  BatchWriteItem: { action: batchWriteItem, rules: batchWriteItemRules, access: 'write' },
  CreateTable: { action: createTable, rules: createTableRules, access: 'table' },
  DeleteItem: { action: deleteItem, rules: deleteItemRules, access: 'write' },
  DeleteTable: { action: deleteTable, rules: deleteTableRules, access: 'table' },
  DescribeTable: { action: describeTable, rules: describeTableRules, access: 'read' },
  GetItem: { action: getItem, rules: getItemRules, access: 'read' },
  ListTables: { action: listTables, rules: listTablesRules, access: 'read' },
  PutItem: { action: putItem, rules: putItemRules, access: 'write' },
  Query: { action: query, rules: queryRules, access: 'read' },
  Scan: { action: scan, rules: scanRules, access: 'read' },
  UpdateItem: { action: updateItem, rules: updateItemRules, access: 'write' },
  UpdateTable: { action: updateTable, rules: updateTableRules, access: 'table' },
} as const;

export type DynaliteOperation = keyof typeof dynaliteOperations;

/**
 * Returns messages about the parts of dynalite that are not as expected; empty if all are. The server does not start
 * otherwise, because a silent change of an internal function would corrupt data rather than fail.
 */
export function pinViolations(version: string = manifest.version): string[] {
  const violations = version === PINNED_VERSION ? [] : [`dynalite is ${version}, not ${PINNED_VERSION}`];
  const functions: Record<string, unknown> = {
    'db.create': database.create,
    'db.createKey': database.createKey,
    'db.createIndexKey': database.createIndexKey,
    'db.validateKey': database.validateKey,
    'db.validateItem': database.validateItem,
    'db.validationError': database.validationError,
    'db.checkConditional': database.checkConditional,
    'db.itemSize': database.itemSize,
    'db.updateIndexes': database.updateIndexes,
    'validations.checkTypes': validations.checkTypes,
    'validations.checkValidations': validations.checkValidations,
  };
  for (const [name, { action, rules }] of Object.entries(dynaliteOperations)) {
    functions[`actions.${name}`] = action;
    if (typeof rules.types !== 'object') violations.push(`validations.${name}.types is missing`);
  }
  for (const [name, value] of Object.entries(functions)) {
    if (typeof value !== 'function') violations.push(`${name} is missing`);
  }
  return violations;
}

export { database, validations };
