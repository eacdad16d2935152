import { type FunctionName, functions } from './functions.ts';

/** The settings of a queue and of the function that processes its messages. */
export interface QueueFeed {
  readonly function: FunctionName;
  /** Maximum number of messages in one call. */
  readonly batchSize: number;
  /** Maximum number of concurrent instances of the function for this queue; Lambda allows no less than 2. */
  readonly maxConcurrency: number;
  /** Maximum number of attempts; after that the message goes to the dead-letter queue. */
  readonly maxReceives: number;
  /**
   * True if the function returns the failed messages of a batch. Wake-up calls of `dispatch` carry no data, so
   * there the whole batch succeeds or fails.
   */
  readonly reportsFailures: boolean;
}

/** The product's queues. The CDK app and the local stack share them. */
export const queueFeeds = {
  // One archive may take the whole timeout of the function. Few attempts are enough, since the next download requests
  // it again.
  archive: { function: 'archive', batchSize: 1, maxConcurrency: 2, maxReceives: 3, reportsFailures: true },
  // Versions that organisers upload. The sweep requests the work again after an interruption, long before the queue.
  install: { function: 'install', batchSize: 1, maxConcurrency: 2, maxReceives: 3, reportsFailures: false },
  leaderboard: {
    function: 'leaderboard',
    batchSize: 10,
    maxConcurrency: 2,
    maxReceives: 5,
    reportsFailures: true,
  },
  // Mails about accounts. A throttling mail service has half an hour to accept them.
  mail: { function: 'auth', batchSize: 1, maxConcurrency: 2, maxReceives: 10, reportsFailures: true },
  // One notification each. If an attempt was interrupted, the sweep requests the next one.
  notify: { function: 'notify', batchSize: 1, maxConcurrency: 2, maxReceives: 5, reportsFailures: true },
  dispatch: {
    function: 'dispatch',
    batchSize: 10,
    maxConcurrency: 2,
    maxReceives: 5,
    reportsFailures: false,
  },
  // Deleted objects. A purge may take minutes: each call does a part of it, and sends a message for the next part.
  purge: { function: 'sweep', batchSize: 1, maxConcurrency: 2, maxReceives: 5, reportsFailures: true },
  // Runs at remote engines. The sweep requests a lost poll again after 16 minutes.
  remote: {
    function: 'remote-runs',
    batchSize: 1,
    maxConcurrency: 5,
    maxReceives: 3,
    reportsFailures: true,
  },
  settle: { function: 'settle-run', batchSize: 10, maxConcurrency: 5, maxReceives: 5, reportsFailures: true },
} as const satisfies Record<string, QueueFeed>;

export type QueueName = keyof typeof queueFeeds;
export const queueNames = Object.keys(queueFeeds) as QueueName[];

/** Six times the function's own timeout (Lambda, "Creating and configuring an Amazon SQS event source mapping"). */
export const visibilitySeconds = (queue: QueueName): number =>
  6 * functions[queueFeeds[queue].function].timeoutSeconds;
