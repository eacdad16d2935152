import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Condition } from './expressions.ts';
import type { Key } from './keys.ts';

/** A stored item. Codecs in the capability folders turn it into a type. */
export type Item = Key & Readonly<Record<string, unknown>>;
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** A range of items of one partition: those whose sort keys begin with a text, or those from a sort key on. */
export type Range =
  | { readonly pk: string; readonly prefix: string }
  | { readonly pk: string; readonly from: string };

export interface RangeOptions {
  readonly limit?: number;
  readonly descending?: boolean;
  /** Sort key after which to continue. */
  readonly after?: string;
  readonly filter?: Condition;
  /** True to read the keys only. */
  readonly keysOnly?: boolean;
}
