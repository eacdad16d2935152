import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Operation, type TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { METRICS_NAMESPACE, type Metric as OwnMetric } from '../../shared/services/metrics.ts';
import { tableDefinition } from '../../shared/store/table-definition.ts';
import type { FunctionName } from '../functions.ts';
import type { Functions } from './functions.ts';
import type { Queues } from './queues.ts';
import type { Stage } from './stage.ts';

/** The resources whose metrics are watched. */
export interface Watched {
  readonly gateway: HttpApi;
  readonly functions: Functions;
  readonly queues: Queues;
  readonly table: TableV2;
}

/** Metrics have a period of five minutes. */
export const PERIOD = Duration.minutes(5);

/** The functions that callers wait for. The functions of queues are retried automatically. */
export const AWAITED_FUNCTIONS = [
  'api',
  'auth',
  'runs',
  'broker',
  'next-step',
  'settle-run',
] as const satisfies readonly FunctionName[];

/** One of the product's own metrics, which its functions write. */
export const ownMetric = ({ name }: Stage, metricName: OwnMetric, statistic: string = Stats.SUM): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { Stage: name },
    statistic,
    period: PERIOD,
  });

/** Throttled requests to the table: its own, and those of the index, which delays the table's writes. */
export function tableThrottles({ table }: Watched): Record<'reads' | 'writes' | 'index', Metric> {
  const options = { statistic: Stats.SUM, period: PERIOD };
  const index = { TableName: table.tableName, GlobalSecondaryIndexName: tableDefinition.dueIndex.name };
  return {
    reads: table.metric('ReadThrottleEvents', options),
    writes: table.metric('WriteThrottleEvents', options),
    index: table.metric('WriteThrottleEvents', { ...options, dimensionsMap: index }),
  };
}

/** Internal errors of DynamoDB in the operations of almost all requests to the table. */
export const tableFaults = ({ table }: Watched): IMetric =>
  sumOf(
    Object.fromEntries(
      [Operation.GET_ITEM, Operation.QUERY, Operation.TRANSACT_WRITE_ITEMS].map((operation) => [
        operation.toLowerCase(),
        table.metric('SystemErrors', {
          dimensionsMap: { TableName: table.tableName, Operation: operation },
          statistic: Stats.SUM,
          period: PERIOD,
        }),
      ]),
    ),
  );

export const functionThrottles = ({ functions }: Watched): IMetric =>
  sumOf(
    Object.fromEntries(
      AWAITED_FUNCTIONS.map((name) => [
        name.replaceAll('-', '_'),
        functions[name].metricThrottles({ period: PERIOD }),
      ]),
    ),
  );

/** A sum of metrics that exist only after an event: a plain sum is missing if one of its parts is. */
export const sumOf = (usingMetrics: Record<string, IMetric>): MathExpression =>
  new MathExpression({
    expression: `SUM([${Object.keys(usingMetrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(', ')}])`,
    usingMetrics,
    period: PERIOD,
  });
