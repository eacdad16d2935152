/** One measured number. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  readonly target?: Target;
}

type Unit = 'requests/s' | 'ms' | 's' | 'MB' | 'MB/s' | 'x' | 'calls' | 'tasks';

/** The target; a value equal to it reaches it. */
export type Target = { readonly atMost: number } | { readonly atLeast: number };

/** Whether a figure reaches its target; undefined without one. */
export function isReached({ value, target }: Figure): boolean | undefined {
  if (!target) return undefined;
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}

/** The value below which a share of the values lies, by the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
