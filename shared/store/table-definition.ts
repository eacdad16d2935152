/**
 * The one DynamoDB table as plain data: the CDK app and the local stack both create it from here.
 *
 * `pk`/`sk` are composed strings built in `keys.ts`. The only index is sparse: an item is on it while it has `dueShard`
 * and `dueAt`, the time of its next check by the sweep (`due.ts`). It also has the list of a workflow's runs of all groups
 * by time, in a partition of its own for each workflow (`runs-by-time.ts`): another index would cost the same.
 */
export const tableDefinition = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds; DynamoDB removes the item some time later, so every reader checks the expiry itself. */
  timeToLiveAttribute: 'ttl',
  dueIndex: { name: 'due', partitionKey: 'dueShard', sortKey: 'dueAt' },
} as const;

/** Partitions of the due index: spreads the writes of many active runs (DynamoDB, 1,000 WCU a partition). */
export const DUE_SHARDS = 4;
