import type { Architecture } from '../architecture.ts';
import type { Pricing } from '../price-settings.ts';
import type { StepSize } from '../step-size.ts';

/**
 * Prices and costs are whole micro-dollars, so that sums are exact: 1,000,000 are 1 US dollar.
 */
const MICROS_PER_DOLLAR = 1_000_000;

/** What an hour of a step's task costs, in micro-dollars. */
export interface StepPrice {
  /** On demand, or on an instance with a GPU. */
  readonly onDemand: number;
  /** On spare capacity; only for a step that requests it. */
  readonly spot?: number;
}

/** GiB of a task's disk that are free of charge (AWS Fargate pricing, ephemeral storage). */
const FREE_DISK_GIB = 20;
const MIB_PER_GIB = 1024;
const SECONDS_PER_HOUR = 3600;

/** Where a step runs. */
interface Place {
  readonly architecture?: Architecture | undefined;
  readonly spot?: boolean | undefined;
  readonly gpu?: boolean | undefined;
}

/** The price of a step by the size of its task. A step with a GPU has the price of its whole instance. */
export function priceOf(
  size: Pick<StepSize, 'cpu' | 'memory' | 'disk'>,
  { architecture, spot = false, gpu = false }: Place,
  pricing: Pricing,
): StepPrice {
  if (gpu) return { onDemand: micros(pricing.instances[pricing.gpuInstance] ?? 0) };
  const processor = architecture ?? pricing.architecture;
  const disk = Math.max(0, size.disk - FREE_DISK_GIB) * pricing.disk;
  const ofTask = ({ cpu, memory }: { readonly cpu: number; readonly memory: number }) =>
    micros(size.cpu * cpu + (size.memory / MIB_PER_GIB) * memory + disk);
  const onDemand = ofTask(pricing.fargate[processor]);
  return spot ? { onDemand, spot: ofTask(pricing.fargateSpot[processor]) } : { onDemand };
}

const micros = (dollars: number): number => Math.round(dollars * MICROS_PER_DOLLAR);

/** The cost of so many seconds, in micro-dollars, rounded up. */
export const costOf = (perHour: number, seconds: number): number =>
  Math.ceil((perHour * seconds) / SECONDS_PER_HOUR);

/** Micro-dollars as US dollars. */
export const usdOf = (amount: number): number => amount / MICROS_PER_DOLLAR;
