/**
 * Task sizes that Fargate offers for Linux: CPU units, then memory in MiB as lowest, highest and step
 * (ECS developer guide, task definition parameters for Fargate, task size). 256 units are a quarter vCPU.
 */
const SIZES: ReadonlyMap<number, readonly [lowest: number, highest: number, step: number]> = new Map([
  [512, [1024, 4096, 1024]],
  [1024, [2048, 8192, 1024]],
  [2048, [4096, 16_384, 1024]],
  [4096, [8192, 30_720, 1024]],
  [8192, [16_384, 61_440, 4096]],
  [16_384, [32_768, 122_880, 8192]],
]);

/** The smallest size has three values without a common step. */
const QUARTER_VCPU = { cpu: 256, memory: [512, 1024, 2048] };

/** True when Fargate has a task size of `cpu` units and `memory` MiB. */
export function isFargateSize(cpu: number, memory: number): boolean {
  if (cpu === QUARTER_VCPU.cpu) return QUARTER_VCPU.memory.includes(memory);
  const range = SIZES.get(cpu);
  if (!range) return false;
  const [lowest, highest, step] = range;
  return memory >= lowest && memory <= highest && (memory - lowest) % step === 0;
}

/** CPU units of `1024`, `1 vCPU` or `.25vcpu`; undefined for any other text. */
export function cpuUnits(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*vcpu$/i.exec(text);
  return match ? Math.round(Number(match[1]) * 1024) : undefined;
}

/** MiB of `2048`, `2GB` or `0.5 GB`; undefined for any other text. */
export function memoryMiB(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*gb$/i.exec(text);
  return match ? Math.round(Number(match[1]) * 1024) : undefined;
}
