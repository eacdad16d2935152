import { fine, stops, type Verdict } from '../finding.ts';
import { raiseQuota } from './quota.ts';

/** VPCs of one region (Amazon VPC quotas). */
export const VPC_QUOTA = { service: 'vpc', code: 'L-F678F1CE' } as const;

export function judgeNetworks(count: number, quota: number, region: string): Verdict {
  if (count < quota) return fine(`${count} of ${quota} in use`);
  return stops(
    `The region has ${count} VPCs and may have ${quota}. Delete one that is not needed, or request a higher quota.`,
    raiseQuota(VPC_QUOTA, quota + 5, region),
  );
}
