import type { Architecture } from './architecture.ts';

/** Price of a task on Fargate in US dollars per hour. */
interface TaskRate {
  /** Of one vCPU. */
  readonly cpu: number;
  /** Of one GiB of memory. */
  readonly memory: number;
}

/** What AWS charges for tasks of steps. */
export interface Prices {
  /** The day on which the prices were looked up. */
  readonly date: string;
  readonly region: string;
  /** Fargate on demand, Linux, by processor. */
  readonly fargate: Readonly<Record<Architecture, TaskRate>>;
  /** Fargate Spot, Linux, by processor. */
  readonly fargateSpot: Readonly<Record<Architecture, TaskRate>>;
  /** One GiB of a task's disk above the 20 GiB that are free of charge, in US dollars per hour. */
  readonly disk: number;
  /** Instances with one GPU on demand, Linux, in US dollars per hour, by type. */
  readonly instances: Readonly<Record<string, number>>;
}

/**
 * List prices without discounts and taxes (AWS Fargate pricing, Linux/X86 and Linux/ARM; Amazon EC2 on-demand pricing,
 * Linux). The price of Fargate Spot changes with supply and demand, and is 50 to 70 % lower than that on demand: the
 * table has half of it.
 */
export const LIST_PRICES: Prices = {
  date: '2026-09-10',
  region: 'us-east-1',
  fargate: {
    X86_64: { cpu: 0.04048, memory: 0.004445 },
    ARM64: { cpu: 0.03238, memory: 0.00356 },
  },
  fargateSpot: {
    X86_64: { cpu: 0.02024, memory: 0.0022225 },
    ARM64: { cpu: 0.01619, memory: 0.00178 },
  },
  disk: 0.000111,
  instances: {
    'g4dn.xlarge': 0.526,
    'g4dn.2xlarge': 0.752,
    'g4dn.4xlarge': 1.204,
    'g4dn.8xlarge': 2.176,
    'g4dn.16xlarge': 4.352,
    'g5.xlarge': 1.006,
    'g5.2xlarge': 1.212,
    'g5.4xlarge': 1.624,
    'g5.8xlarge': 2.448,
    'g5.16xlarge': 4.096,
    'g6.xlarge': 0.8048,
    'g6.2xlarge': 0.9776,
    'g6.4xlarge': 1.3232,
    'g6.8xlarge': 2.0144,
    'g6.16xlarge': 3.3968,
    'g6e.xlarge': 1.861,
    'g6e.2xlarge': 2.24208,
    'g6e.4xlarge': 3.00424,
    'g6e.8xlarge': 4.52856,
    'g6e.16xlarge': 7.57719,
  },
};
