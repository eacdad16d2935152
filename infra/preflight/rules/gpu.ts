import { fine, hurts, type Verdict } from '../finding.ts';
import { raiseQuota } from './quota.ts';

/** "Running On-Demand G and VT instances", in vCPUs (Amazon EC2 endpoints and quotas). */
export const GPU_QUOTA = { service: 'ec2', code: 'L-DB2E81BA' } as const;

/** vCPUs of the smallest size of the types with a GPU; the others have as many times more as their name says. */
const VCPUS_OF_XLARGE = 4;

/** @param gpu the instances of the stage; undefined if it has none */
export function judgeGpu(
  quota: number,
  gpu: { readonly instanceType: string; readonly instances: number },
  region: string,
): Verdict {
  const [, times = '1'] = /\.(\d*)xlarge$/.exec(gpu.instanceType) ?? [];
  const wanted = VCPUS_OF_XLARGE * (Number(times) || 1) * gpu.instances;
  if (quota >= wanted) return fine(`${quota} vCPU for ${gpu.instances} × ${gpu.instanceType}`);
  return hurts(
    `Instances with a GPU may use ${quota} vCPU here, and the stage may start ${gpu.instances} × ${gpu.instanceType} with ${wanted}. Steps beyond the limit wait, and finally fail. Request a higher quota, or set fewer instances.`,
    raiseQuota(GPU_QUOTA, wanted, region),
  );
}
