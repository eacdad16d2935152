import type { Stage } from '../../aws/stage.ts';
import { queueFeeds } from '../../queues.ts';
import { fine, hurts, stops, type Verdict } from '../finding.ts';
import { raiseQuota } from './quota.ts';

/** "Concurrent executions" (AWS Lambda quotas). */
const LAMBDA_QUOTA = { service: 'lambda', code: 'L-B99A9384' } as const;

/** Concurrent executions of accounts that are not new, by default. */
const USUAL = 1000;

/** Instances that must stay unreserved (Lambda, "Configuring reserved concurrency"). */
const UNRESERVED = 100;

/** Instances for `dispatch` and `sweep`, which are called each minute. */
const MINUTE_CALLS = 2;

/** Concurrent requests of one page; each takes a fraction of a second. */
const REQUESTS = 10;

/** Concurrent instances of functions that an account may run, and how many of them are not reserved. */
export interface Concurrency {
  readonly total: number;
  readonly unreserved: number;
}

type Settings = Pick<Stage, 'capacity' | 'steps' | 'reservedConcurrency'>;

/** @param deployed whether the account's reservations include the stage's own */
export function judgeConcurrency(
  { total, unreserved }: Concurrency,
  { capacity, steps, reservedConcurrency }: Settings,
  deployed: boolean,
  region: string,
): Verdict {
  const reserved = (reservedConcurrency.auth ?? 0) + (reservedConcurrency.broker ?? 0);
  if (reserved > 0 && (deployed ? total : unreserved) - reserved < UNRESERVED) {
    return stops(
      `reservedConcurrency takes ${reserved} of ${deployed ? total : unreserved} instances, and Lambda keeps ${UNRESERVED} for others. Remove the setting, or request a higher quota.`,
      raiseQuota(LAMBDA_QUOTA, Math.max(USUAL, total + reserved), region),
    );
  }
  const queues = Object.values(queueFeeds).reduce((sum, { maxConcurrency }) => sum + maxConcurrency, 0);
  // Runs of the default size; each calls a function at the end of a step.
  const runs = Math.floor(capacity / steps.default.cpu);
  const wanted = queues + MINUTE_CALLS + runs + REQUESTS;
  if (total >= wanted) return fine(`${total} concurrent instances, ${wanted} wanted`);
  return hurts(
    `All functions of the account may run ${total} concurrent instances. This stage may want ${wanted}: ${queues} for its queues, ${MINUTE_CALLS} each minute, ${runs} for its runs, ${REQUESTS} for requests. Calls beyond the limit wait, and requests get a 503.`,
    raiseQuota(LAMBDA_QUOTA, USUAL, region),
  );
}
