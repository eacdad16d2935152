import { fine, hurts, type Verdict } from '../finding.ts';
import { raiseQuota } from './quota.ts';

/** "Fargate On-Demand vCPU resource count" (Amazon ECS endpoints and quotas). */
export const FARGATE_QUOTA = { service: 'fargate', code: 'L-3032A538' } as const;

/** vCPU of a step that requests no other size. */
const STEP_VCPU = 1;

export function judgeFargate(quota: number, capacity: number, region: string): Verdict {
  const wanted = capacity * STEP_VCPU;
  if (quota >= wanted) return fine(`${quota} vCPU for ${capacity} runs at a time`);
  const few = Math.floor(quota / STEP_VCPU);
  return hurts(
    `Tasks may use ${quota} vCPU here, and ${capacity} runs at a time take ${wanted} or more. Steps beyond the limit are retried and finally fail. ` +
      (few > 0 ? `Request a higher quota, or set capacity to ${few}.` : 'Request a higher quota.'),
    raiseQuota(FARGATE_QUOTA, wanted, region),
  );
}
