import {
  Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  type IMetric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { functionNames } from '../functions.ts';
import { queueNames } from '../queues.ts';
import { createAlarmTopic } from './alarm-topic.ts';
import type { Stage } from './stage.ts';
import {
  functionThrottles,
  ownMetric,
  PERIOD,
  sumOf,
  tableFaults,
  tableThrottles,
  type Watched,
} from './watched-metrics.ts';

/** An alarm: `entry` is the anchor of the section in docs/runbook.md that describes what to do. */
interface Watch extends Partial<CreateAlarmOptions> {
  readonly id: string;
  readonly entry: string;
  readonly says: string;
  readonly metric: IMetric;
}

/** Maximum number of repeated attempts within 15 minutes that the failure of a single host explains. */
const REPEATED_TASKS = 5;
/** A response that takes longer is slow. Normal responses take at most 500 ms, mostly to hash a password. */
const SLOW_MS = 5_000;

/** The alarms of a stage, named `flowserv-<stage>-<id>`. */
export function createAlarms(parent: Construct, stage: Stage, watched: Watched): Alarm[] {
  const scope = new Construct(parent, 'Alarms');
  const topic = createAlarmTopic(scope, stage);
  return [
    ...functionAlarms(watched),
    ...queueAlarms(watched),
    ...apiAlarms(watched),
    ...runAlarms(stage),
    ...tableAlarms(watched),
  ].map((watch) => createAlarm(scope, stage, topic, watch));
}

function createAlarm(scope: Construct, stage: Stage, topic: Topic, watch: Watch): Alarm {
  const { id, entry, says, ...options } = watch;
  const alarm = new Alarm(scope, id, {
    ...anyAtAll,
    ...options,
    alarmName: `flowserv-${stage.name}-${id}`,
    alarmDescription: `${says}. What to do: docs/runbook.md#${entry}`,
  });
  alarm.addAlarmAction(new SnsAction(topic));
  return alarm;
}

/** Mistakes of callers become responses below 500, so everything that is counted here is a fault. */
const anyAtAll = {
  threshold: 0,
  evaluationPeriods: 1,
  comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  treatMissingData: TreatMissingData.NOT_BREACHING,
} satisfies Partial<CreateAlarmOptions>;

/** For faults that matter only if they continue: services recover from a single one. */
const again = { evaluationPeriods: 3, datapointsToAlarm: 2 };

function functionAlarms(watched: Watched): Watch[] {
  const { functions } = watched;
  return [
    ...functionNames.map((name) => ({
      id: `${name}-errors`,
      entry: 'function-errors',
      says: `Function ${name} failed`,
      metric: functions[name].metricErrors({ period: PERIOD }),
    })),
    ...(['dispatch', 'sweep'] as const).map((name) => ({
      id: `${name}-stopped`,
      entry: 'minute-calls',
      says: `Function ${name} was not called for 15 minutes; it should be called every minute`,
      metric: functions[name].metricInvocations({ period: PERIOD }),
      threshold: 1,
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    })),
    {
      id: 'throttles',
      entry: 'throttles',
      says: 'Lambda throttles functions that callers wait for',
      metric: functionThrottles(watched),
      ...again,
    },
  ];
}

const queueAlarms = ({ queues }: Watched): Watch[] =>
  queueNames.map((name) => ({
    id: `${name}-dead`,
    entry: 'dead-letters',
    says: `Messages of queue ${name} failed permanently`,
    metric: queues[name].deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
  }));

const apiAlarms = ({ gateway }: Watched): Watch[] => [
  {
    id: 'server-errors',
    entry: 'server-errors',
    says: 'Responses had the status 500 or above',
    metric: gateway.metricServerError({ period: PERIOD }),
  },
  {
    id: 'slow-answers',
    entry: 'slow-responses',
    says: 'One of ten requests took more than 5 seconds, for 15 minutes',
    metric: gateway.metricIntegrationLatency({ period: PERIOD, statistic: Stats.percentile(90) }),
    threshold: SLOW_MS,
    evaluationPeriods: 3,
  },
];

const runAlarms = (stage: Stage): Watch[] => [
  {
    id: 'longest-wait',
    entry: 'runs-wait',
    says: `A run waited for more than ${stage.queueAlarmMinutes} minutes`,
    metric: ownMetric(stage, 'LongestWait', Stats.MAXIMUM),
    threshold: stage.queueAlarmMinutes * 60,
  },
  {
    id: 'executions-failed',
    entry: 'executions-failed',
    says: 'Executions of state machines failed or timed out',
    metric: ownMetric(stage, 'ExecutionsFailed'),
  },
  {
    id: 'tasks-repeated',
    entry: 'tasks-repeated',
    says: `More than ${REPEATED_TASKS} tasks did not start or were lost within 15 minutes`,
    metric: ownMetric(stage, 'TasksRepeated').with({ period: PERIOD.plus(PERIOD).plus(PERIOD) }),
    threshold: REPEATED_TASKS,
  },
];

const tableAlarms = (watched: Watched): Watch[] => [
  {
    id: 'table-throttles',
    entry: 'table-throttles',
    says: 'DynamoDB throttles requests to the table',
    metric: sumOf(tableThrottles(watched)),
    ...again,
  },
  {
    id: 'table-faults',
    entry: 'table-faults',
    says: 'DynamoDB responded with internal errors',
    metric: tableFaults(watched),
    ...again,
  },
];
