import { fine, hurts, type Verdict } from '../finding.ts';
import { raiseQuota } from './quota.ts';

/** "Fargate On-Demand vCPU resource count" (Amazon ECS endpoints and quotas). */
export const FARGATE_QUOTA = { service: 'fargate', code: 'L-3032A538' } as const;

/** @param capacity vCPUs that the runs of the stage may hold at the same time */
export function judgeFargate(quota: number, capacity: number, region: string): Verdict {
  if (quota >= capacity) return fine(`${quota} vCPU for a capacity of ${capacity}`);
  return hurts(
    `Tasks may use ${quota} vCPU here, and the stage has a capacity of ${capacity}. Steps beyond the limit are retried and finally fail. ` +
      (quota >= 1
        ? `Request a higher quota, or set capacity to ${Math.floor(quota)}.`
        : 'Request a higher quota.'),
    raiseQuota(FARGATE_QUOTA, capacity, region),
  );
}
