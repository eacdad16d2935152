/**
 * Types of the parts of dynalite 4.0.0 that the local DynamoDB uses; dynalite has no types of its own.
 * They describe internals: `internals.ts` pins the version that they are valid for.
 */

declare module 'dynalite/db/index.js' {
  import type { Readable } from 'node:stream';

  /** A value in DynamoDB's JSON form; `B` and `BS` are base64. */
  export interface AttributeValue {
    readonly S?: string;
    readonly N?: string;
    readonly B?: string;
    readonly BOOL?: boolean;
    readonly NULL?: boolean;
    readonly SS?: readonly string[];
    readonly NS?: readonly string[];
    readonly BS?: readonly string[];
    readonly L?: readonly AttributeValue[];
    readonly M?: Readonly<Record<string, AttributeValue>>;
  }

  export type Item = Readonly<Record<string, AttributeValue>>;

  export interface KeyElement {
    readonly AttributeName: string;
    readonly KeyType: string;
  }

  export interface SecondaryIndex {
    readonly IndexName: string;
    readonly KeySchema: readonly KeyElement[];
    readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
  }

  export interface Table {
    readonly TableName: string;
    readonly KeySchema: readonly KeyElement[];
    readonly AttributeDefinitions: readonly {
      readonly AttributeName: string;
      readonly AttributeType: 'S' | 'N' | 'B';
    }[];
    readonly GlobalSecondaryIndexes?: readonly SecondaryIndex[];
    readonly LocalSecondaryIndexes?: readonly SecondaryIndex[];
  }

  export type Callback<T> = (error: unknown, value?: T) => void;

  export interface KeyRange {
    readonly gt?: string;
    readonly gte?: string;
    readonly lt?: string;
    readonly lte?: string;
    readonly reverse?: boolean;
    readonly limit?: number;
  }

  export type BatchOperation =
    | { readonly type: 'put'; readonly key: string; readonly value: unknown }
    | { readonly type: 'del'; readonly key: string };

  /** The store as dynalite's actions see it. */
  export interface CallbackStore {
    get(key: string, callback: Callback<unknown>): void;
    put(key: string, value: unknown, callback: Callback<void>): void;
    del(key: string, callback: Callback<void>): void;
    batch(operations: readonly BatchOperation[], callback: Callback<void>): void;
    createKeyStream(range?: KeyRange): Readable;
    createValueStream(range?: KeyRange): Readable;
  }

  /** The LevelDB database below it. */
  export interface LevelDatabase {
    open(): Promise<void>;
    close(): Promise<void>;
    get(key: string): Promise<unknown>;
    /** Reads in this thread. Throws where `get` rejects. */
    getSync(key: string): unknown;
    batch(operations: readonly BatchOperation[]): Promise<void>;
    keys(range: KeyRange): AsyncIterable<string>;
    values(range: KeyRange): AsyncIterable<unknown>;
  }

  export interface Store {
    readonly db: LevelDatabase;
    readonly tableDb: CallbackStore & { awsAccountId: string; awsRegion: string };
    getTable(name: string, mustBeActive: boolean, callback: Callback<Table>): void;
    getItemDb(table: string): CallbackStore;
    getIndexDb(kind: 'local' | 'global', table: string, index: string): CallbackStore;
  }

  /** The error of a rejected request. `body` is the body of the response. */
  export interface ServiceError extends Error {
    readonly statusCode: number;
    readonly body: { __type: string; message?: string; Message?: string; Item?: Item };
  }

  export interface ConditionedRequest {
    readonly ReturnValuesOnConditionCheckFailure?: string;
  }

  /** Functions that actions call through the module object, so that replacing one here affects the actions. */
  interface Database {
    create(options: {
      path: string | undefined;
      createTableMs: number;
      updateTableMs: number;
      deleteTableMs: number;
    }): Store;
    createKey(item: Item, table: Table, keySchema?: readonly KeyElement[]): string;
    validateKey(key: Item, table: Table): ServiceError | null | undefined;
    validateItem(item: Item, table: Table): ServiceError | null | undefined;
    validationError(message: string): ServiceError;
    checkConditional(data: ConditionedRequest, existing: Item | undefined): ServiceError | null | undefined;
    itemSize(item: Item): number;
    createIndexKey(item: Item, table: Table, keySchema: readonly KeyElement[]): string;
    updateIndexes(
      store: Store,
      table: Table,
      existing: Item | null | undefined,
      item: Item | null | undefined,
      callback: Callback<void>,
    ): void;
  }

  const database: Database;
  export default database;
}

declare module 'dynalite/validations/index.js' {
  import type { Store } from 'dynalite/db/index.js';

  export type ParameterTypes = Readonly<Record<string, unknown>>;
  export type CustomRules = (data: Record<string, unknown>, store: Store) => string | undefined;

  const validations: {
    /** Returns the parameters that are in `types`, after a type check. Deletes others from `data`. */
    checkTypes(data: Record<string, unknown>, types: ParameterTypes): Record<string, unknown>;
    checkValidations(
      data: Record<string, unknown>,
      types: ParameterTypes,
      custom: CustomRules | undefined,
      store: Store,
    ): void;
  };
  export default validations;
}

declare module 'dynalite/validations/*' {
  import type { CustomRules, ParameterTypes } from 'dynalite/validations/index.js';

  const rules: { readonly types: ParameterTypes; readonly custom?: CustomRules };
  export default rules;
}

declare module 'dynalite/actions/*' {
  import type { Callback, Store } from 'dynalite/db/index.js';

  const action: (store: Store, data: Record<string, unknown>, callback: Callback<unknown>) => void;
  export default action;
}
