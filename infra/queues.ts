import { type FunctionName, functions } from './functions.ts';

/** A queue with the function that its messages call. */
export interface QueueFeed {
  readonly function: FunctionName;
  /** Messages in one call. */
  readonly batchSize: number;
  /** Instances of the function at most that work on the queue; Lambda takes no less than 2. */
  readonly maxConcurrency: number;
  /** A message that fails this often goes to the queue's dead letters. */
  readonly maxReceives: number;
  /**
   * True where the function answers which messages of a batch have failed. A wake-up call of `dispatch` says
   * nothing by itself, so there the whole batch succeeds or fails.
   */
  readonly reportsFailures: boolean;
}

/** The product's queues. The CDK app and the local stack both take them from here. */
export const queueFeeds = {
  // One archive may take all the time that a function has. Who asks for it orders it again, so few tries will do.
  archive: { function: 'archive', batchSize: 1, maxConcurrency: 2, maxReceives: 3, reportsFailures: true },
  leaderboard: {
    function: 'leaderboard',
    batchSize: 10,
    maxConcurrency: 2,
    maxReceives: 5,
    reportsFailures: true,
  },
  // Mails about accounts. A service that throttles has half an hour to take them.
  mail: { function: 'auth', batchSize: 1, maxConcurrency: 2, maxReceives: 10, reportsFailures: true },
  dispatch: {
    function: 'dispatch',
    batchSize: 10,
    maxConcurrency: 2,
    maxReceives: 5,
    reportsFailures: false,
  },
  // What has been deleted. A purge takes minutes in slices, after each of which it waits in the queue again.
  purge: { function: 'sweep', batchSize: 1, maxConcurrency: 2, maxReceives: 5, reportsFailures: true },
  settle: { function: 'settle-run', batchSize: 10, maxConcurrency: 5, maxReceives: 5, reportsFailures: true },
} as const satisfies Record<string, QueueFeed>;

export type QueueName = keyof typeof queueFeeds;
export const queueNames = Object.keys(queueFeeds) as QueueName[];

/** Six times the function's own time (Lambda, "Creating and configuring an Amazon SQS event source mapping"). */
export const visibilitySeconds = (queue: QueueName): number =>
  6 * functions[queueFeeds[queue].function].timeoutSeconds;
