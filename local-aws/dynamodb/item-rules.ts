import type { AttributeValue, Item, KeyElement, Table } from 'dynalite/db/index.js';

/** Key limits in bytes (DynamoDB quotas, "Partition keys and sort keys"). */
const MAX_PARTITION_KEY_BYTES = 2048;
const MAX_SORT_KEY_BYTES = 1024;
/** Significant digits of a number (DynamoDB quotas, "Data types"). */
const MAX_NUMBER_DIGITS = 38;

/**
 * Size of an item in bytes, as DynamoDB counts it against the 400 KB limit: attribute names and text in UTF-8, for a
 * number one byte per two significant digits plus one, for a list or map 3 bytes plus one per entry. (dynalite counts
 * text in UTF-16 units, and so accepts items that AWS rejects.)
 * Source: DynamoDB Developer Guide, "DynamoDB item sizes and formats".
 */
export function itemSize(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) size += Buffer.byteLength(name) + valueSize(value);
  return size;
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return Buffer.byteLength(value.B, 'base64');
  if (value.SS) return sum(value.SS, (text) => Buffer.byteLength(text));
  if (value.NS) return sum(value.NS, numberSize);
  if (value.BS) return sum(value.BS, (bytes) => Buffer.byteLength(bytes, 'base64'));
  if (value.L) return 3 + sum(value.L, (entry) => 1 + valueSize(entry));
  if (value.M) return 3 + Object.keys(value.M).length + itemSize(value.M);
  return 1;
}

function sum<T>(values: readonly T[], size: (value: T) => number): number {
  return values.reduce((total, value) => total + size(value), 0);
}

function numberSize(text: string): number {
  return 1 + Math.ceil(significantDigits(text) / 2);
}

/** Digits of a decimal number without leading and trailing zeros. */
function significantDigits(text: string): number {
  const digits = text.replace(/e.*/i, '').replace(/[+.-]/g, '');
  return digits.replace(/^0+|(?<!0)0+$/g, '').length;
}

/**
 * Checks an item before it is stored, and returns an error message or undefined. These are the rules that dynalite
 * lacks: the length of keys in UTF-8, the values of index keys, and the digits of computed numbers. They apply to the
 * items of puts and to the results of updates.
 */
export function itemFault(item: Item, table: Table): string | undefined {
  return keyFault(item, table, table.KeySchema) ?? indexKeyFault(item, table) ?? numberFault(item);
}

function keyFault(item: Item, table: Table, schema: readonly KeyElement[]): string | undefined {
  for (const [position, { AttributeName }] of schema.entries()) {
    const type = table.AttributeDefinitions.find(
      (definition) => definition.AttributeName === AttributeName,
    )?.AttributeType;
    const value = type && item[AttributeName]?.[type];
    if (value === undefined || type === 'N') continue;
    const size = Buffer.byteLength(value, type === 'B' ? 'base64' : 'utf8');
    const limit = position === 0 ? MAX_PARTITION_KEY_BYTES : MAX_SORT_KEY_BYTES;
    if (size > limit) {
      return `One or more parameter values were invalid: key ${AttributeName} has ${size} bytes, more than ${limit}`;
    }
  }
  return undefined;
}

function indexKeyFault(item: Item, table: Table): string | undefined {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  for (const { IndexName, KeySchema } of indexes) {
    for (const { AttributeName } of KeySchema) {
      const type = table.AttributeDefinitions.find(
        (definition) => definition.AttributeName === AttributeName,
      )?.AttributeType;
      const value = item[AttributeName];
      if (!type || value === undefined) continue;
      if (value[type] === undefined) {
        return `One or more parameter values were invalid: Type mismatch for Index Key ${AttributeName} Expected: ${type} Actual: ${Object.keys(value)[0]} IndexName: ${IndexName}`;
      }
      if (value[type] === '') {
        return `One or more parameter values are not valid: index key ${AttributeName} of ${IndexName} must not be empty`;
      }
    }
    const fault = keyFault(item, table, KeySchema);
    if (fault) return fault;
  }
  return undefined;
}

function numberFault(item: Item): string | undefined {
  return Object.values(item).some(hasTooManyDigits)
    ? 'Attempting to store more than 38 significant digits in a Number'
    : undefined;
}

function hasTooManyDigits(value: AttributeValue): boolean {
  if (value.N !== undefined) return tooLong(value.N);
  if (value.NS) return value.NS.some(tooLong);
  if (value.L) return value.L.some(hasTooManyDigits);
  return value.M !== undefined && Object.values(value.M).some(hasTooManyDigits);
}

function tooLong(number: string): boolean {
  return number.length > MAX_NUMBER_DIGITS && significantDigits(number) > MAX_NUMBER_DIGITS;
}
