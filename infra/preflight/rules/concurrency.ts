import type { Stage } from '../../aws/stage.ts';
import { queueFeeds } from '../../queues.ts';
import { fine, hurts, stops, type Verdict } from '../finding.ts';
import { raiseQuota } from './quota.ts';

/** "Concurrent executions" (AWS Lambda quotas). */
const LAMBDA_QUOTA = { service: 'lambda', code: 'L-B99A9384' } as const;

/** What accounts have that are not new. */
const USUAL = 1000;

/** Lambda keeps these for functions that reserve none (Lambda, "Configuring reserved concurrency"). */
const UNRESERVED = 100;

/** `dispatch` and `sweep`, which are called each minute. */
const MINUTE_CALLS = 2;

/** A page's requests at once; each takes a fraction of a second. */
const REQUESTS = 10;

/** Instances of functions that an account may run at once, and those of them that no function has reserved. */
export interface Concurrency {
  readonly total: number;
  readonly unreserved: number;
}

type Settings = Pick<Stage, 'capacity' | 'reservedConcurrency'>;

/** @param deployed whether the stage's own reservations are among those of the account */
export function judgeConcurrency(
  { total, unreserved }: Concurrency,
  { capacity, reservedConcurrency }: Settings,
  deployed: boolean,
  region: string,
): Verdict {
  const reserved = (reservedConcurrency.auth ?? 0) + (reservedConcurrency.broker ?? 0);
  if (reserved > 0 && (deployed ? total : unreserved) - reserved < UNRESERVED) {
    return stops(
      `reservedConcurrency takes ${reserved} of ${deployed ? total : unreserved} instances, and Lambda keeps ${UNRESERVED} for others. Leave the setting out, or ask for more.`,
      raiseQuota(LAMBDA_QUOTA, Math.max(USUAL, total + reserved), region),
    );
  }
  const queues = Object.values(queueFeeds).reduce((sum, { maxConcurrency }) => sum + maxConcurrency, 0);
  const wanted = queues + MINUTE_CALLS + capacity + REQUESTS;
  if (total >= wanted) return fine(`${total} instances at once, ${wanted} wanted`);
  return hurts(
    `All functions of the account may run ${total} instances at once. This stage may want ${wanted}: ${queues} for its queues, ${MINUTE_CALLS} each minute, ${capacity} for its runs, ${REQUESTS} for requests. What is beyond waits, and requests get a 503.`,
    raiseQuota(LAMBDA_QUOTA, USUAL, region),
  );
}
