import type { Config } from '../config.ts';

/** Namespace of the product's own metrics in CloudWatch; each has the one dimension `Stage`. */
export const METRICS_NAMESPACE = 'flowserv';

/**
 * The product's own metrics with their units, which no service of AWS can count. They stay below ten, the number that
 * an account has free of charge (Amazon CloudWatch pricing).
 */
export const metricUnits = {
  /** Runs that wait for admission, each minute. */
  RunsWaiting: 'Count',
  /** Seconds since the oldest of them was started. */
  LongestWait: 'Seconds',
  /** vCPUs that runs hold, each minute. */
  VcpusInUse: 'Count',
  /** Runs that were admitted. */
  RunsAdmitted: 'Count',
  RunsSucceeded: 'Count',
  RunsFailed: 'Count',
  RunsCanceled: 'Count',
  /** Executions of state machines that failed or timed out; a run that fails does not count. */
  ExecutionsFailed: 'Count',
  /** Attempts of steps that the platform failed and that are repeated. */
  TasksRepeated: 'Count',
} as const;

export type Metric = keyof typeof metricUnits;

export interface Metrics {
  /** Adds values to the sums and averages of metrics. */
  record(values: Partial<Record<Metric, number>>): void;
}

/**
 * Metrics as lines of a function's log, from which CloudWatch extracts them: no call that could fail or take time,
 * and no permission (Amazon CloudWatch, "Specification: Embedded metric format"). Writes nothing when metrics are
 * off.
 */
export function createMetrics(
  { metrics, stage }: Pick<Config, 'metrics' | 'stage'>,
  now: () => Date,
  write: (line: string) => void = (line) => process.stdout.write(line),
): Metrics {
  if (metrics === 'none') return { record: () => undefined };
  return {
    record(values) {
      const names = Object.keys(values) as Metric[];
      const _aws = {
        Timestamp: now().getTime(),
        CloudWatchMetrics: [
          {
            Namespace: METRICS_NAMESPACE,
            Dimensions: [['Stage']],
            Metrics: names.map((Name) => ({ Name, Unit: metricUnits[Name] })),
          },
        ],
      };
      write(`${JSON.stringify({ _aws, Stage: stage, ...values })}\n`);
    },
  };
}
