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

/** An alarm: `entry` is the heading of docs/runbook.md that says what to do about it. */
interface Watch extends Partial<CreateAlarmOptions> {
  readonly id: string;
  readonly entry: string;
  readonly says: string;
  readonly metric: IMetric;
}

/** Attempts within 15 minutes that are made again before it is more than a host that has failed. */
const REPEATED_TASKS = 5;
/** Milliseconds after which an answer is slow: it takes half a second at most, of which a password's hash is most. */
const SLOW_MS = 5_000;

/** What an operator should look at, by name `flowserv-<stage>-<id>`. */
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

/** What users do wrong becomes an answer below 500, so that everything that is counted here is a fault. */
const anyAtAll = {
  threshold: 0,
  evaluationPeriods: 1,
  comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  treatMissingData: TreatMissingData.NOT_BREACHING,
} satisfies Partial<CreateAlarmOptions>;

/** Of what services heal by themselves when it happens once. */
const again = { evaluationPeriods: 3, datapointsToAlarm: 2 };

function functionAlarms(watched: Watched): Watch[] {
  const { functions } = watched;
  return [
    ...functionNames.map((name) => ({
      id: `${name}-errors`,
      entry: 'function-errors',
      says: `Function ${name} has failed`,
      metric: functions[name].metricErrors({ period: PERIOD }),
    })),
    ...(['dispatch', 'sweep'] as const).map((name) => ({
      id: `${name}-stopped`,
      entry: 'minute-calls',
      says: `Function ${name} has not been called for 15 minutes, although it is to be each minute`,
      metric: functions[name].metricInvocations({ period: PERIOD }),
      threshold: 1,
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    })),
    {
      id: 'throttles',
      entry: 'throttles',
      says: 'Lambda refuses calls of functions that somebody waits for',
      metric: functionThrottles(watched),
      ...again,
    },
  ];
}

const queueAlarms = ({ queues }: Watched): Watch[] =>
  queueNames.map((name) => ({
    id: `${name}-dead`,
    entry: 'dead-letters',
    says: `Messages of queue ${name} have failed for good`,
    metric: queues[name].deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
  }));

const apiAlarms = ({ gateway }: Watched): Watch[] => [
  {
    id: 'server-errors',
    entry: 'server-errors',
    says: 'Requests were answered with 500 or above',
    metric: gateway.metricServerError({ period: PERIOD }),
  },
  {
    id: 'slow-answers',
    entry: 'slow-answers',
    says: 'One of ten requests has taken more than 5 seconds for 15 minutes',
    metric: gateway.metricIntegrationLatency({ period: PERIOD, statistic: Stats.percentile(90) }),
    threshold: SLOW_MS,
    evaluationPeriods: 3,
  },
];

const runAlarms = (stage: Stage): Watch[] => [
  {
    id: 'longest-wait',
    entry: 'runs-wait',
    says: `A run waits for more than ${stage.queueAlarmMinutes} minutes`,
    metric: ownMetric(stage, 'LongestWait', Stats.MAXIMUM),
    threshold: stage.queueAlarmMinutes * 60,
  },
  {
    id: 'executions-failed',
    entry: 'executions-failed',
    says: 'Executions of state machines have failed or timed out',
    metric: ownMetric(stage, 'ExecutionsFailed'),
  },
  {
    id: 'tasks-repeated',
    entry: 'tasks-repeated',
    says: `More than ${REPEATED_TASKS} tasks have not started or were lost within 15 minutes`,
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
    says: 'DynamoDB has answered with errors of its own',
    metric: tableFaults(watched),
    ...again,
  },
];
