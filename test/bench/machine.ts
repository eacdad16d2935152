import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** The host of the figures. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly node: string;
  /** Average of the last minute: other load of the host. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

export const load = (): number => loadavg()[0] ?? Number.NaN;

export function describeMachine(loadBefore: number): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 1e6),
    node: process.versions.node,
    loadBefore,
    loadAfter: load(),
  };
}
