import * as z from 'zod';
import { type Interceptor, runIntercepted } from '../aws/interceptor.ts';
import { AwsError } from '../aws/json-protocol.ts';
import { type Input, runAction, validateInput } from './dynalite-call.ts';
import { toAwsError } from './errors.ts';
import { purgeTokens } from './idempotency.ts';
import { type DynaliteOperation, dynaliteOperations, pinViolations } from './internals.ts';
import { installItemChanges } from './item-changes.ts';
import { applyIndexChanges, setIndexLag } from './late-index.ts';
import { openStorage, type Storage } from './storage.ts';
import {
  describeTimeToLive,
  forgetTimeToLive,
  loadTimeToLive,
  sweepExpired,
  updateTimeToLive,
} from './time-to-live.ts';
import { transactGetItems, transactWriteItems } from './transactions.ts';

/** One operation of a request. */
interface OperationCall {
  /** e.g. `PutItem` */
  readonly operation: string;
  readonly input: Input;
  readonly accessKeyId: string;
}

interface OperationsOptions {
  /** Undefined keeps everything in memory. */
  readonly dataDir: string | undefined;
  readonly region: string;
  /** For the ARNs of tables. */
  readonly accountId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly interceptors: readonly Interceptor[];
  /** Time until a change is visible in the global secondary indexes, in milliseconds; immediately by default. */
  readonly indexLagMs?: (() => number) | undefined;
}

/** DynamoDB without HTTP. */
export interface Operations {
  /** @throws AwsError with DynamoDB's code when the request is rejected */
  perform(call: OperationCall): Promise<unknown>;
  /** Deletes expired items and tokens. @returns the number of deleted items */
  sweep(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Opens the tables in a folder. Every operation of every client goes through `perform`.
 *
 * @throws Error when dynalite is not the pinned release, or another process has the folder open
 */
export async function openOperations(options: OperationsOptions): Promise<Operations> {
  const violations = pinViolations();
  if (violations.length > 0) throw new Error(`the local DynamoDB cannot start: ${violations.join('; ')}`);
  installItemChanges();
  const storage = await openStorage(options.dataDir, options.region, options.accountId);
  await loadTimeToLive(storage);
  await applyIndexChanges(storage);
  if (options.indexLagMs) setIndexLag(storage, options.now, options.indexLagMs);
  return {
    perform: (call) =>
      runIntercepted(options.interceptors, { service: 'dynamodb', ...call }, () =>
        run(storage, call, options.now),
      ).catch((error: unknown) => {
        throw toAwsError(error);
      }),
    sweep: async () => {
      await purgeTokens(storage, options.now());
      return sweepExpired(storage, options.now());
    },
    close: () => storage.close(),
  };
}

async function run(storage: Storage, { operation, input }: OperationCall, now: () => number) {
  switch (operation) {
    case 'TransactWriteItems':
      return transactWriteItems(storage, input, now());
    case 'TransactGetItems':
      return transactGetItems(storage, input);
    case 'UpdateTimeToLive':
      return updateTimeToLive(storage, input);
    case 'DescribeTimeToLive':
      return describeTimeToLive(storage, input);
    default:
      if (isDynaliteOperation(operation)) return runDynalite(storage, operation, input, now());
      throw new AwsError('UnknownOperationException', `unknown operation '${operation}'`);
  }
}

function isDynaliteOperation(name: string): name is DynaliteOperation {
  return Object.hasOwn(dynaliteOperations, name);
}

async function runDynalite(
  storage: Storage,
  operation: DynaliteOperation,
  input: Input,
  now: number,
): Promise<unknown> {
  const data = validateInput(operation, input, storage);
  const action = () => runAction(operation, data, storage);
  const { access } = dynaliteOperations[operation];
  if (input.IndexName !== undefined) await applyIndexChanges(storage, now);
  if (access === 'read') return storage.read(action);
  if (access === 'write') return storage.write(action);
  return storage.write(async (batch) => {
    // The response has the status CREATING, as on AWS. The next status is part of the same commit, so that the table
    // is active when the response arrives, and a crash never leaves a table between two states.
    const output = structuredClone(await action());
    await batch.nextWrite();
    if (operation === 'DeleteTable') {
      await forgetTimeToLive(storage, tableNameOf.parse(input).TableName, batch);
    }
    return output;
  });
}

const tableNameOf = z.object({ TableName: z.string() });
