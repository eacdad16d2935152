import { Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  Metric,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { functionNames } from '../functions.ts';
import { queueNames } from '../queues.ts';
import type { Stage } from './stage.ts';
import { AWAITED_FUNCTIONS, ownMetric, PERIOD, tableThrottles, type Watched } from './watched-metrics.ts';

const COLUMNS = 24;

/** Users do not wait for installations and notifications, which have alarms. */
const isShown = (name: string): boolean => name !== 'install' && name !== 'notify';
const SHOWN_FUNCTIONS = functionNames.filter(isShown);
const SHOWN_QUEUES = queueNames.filter(isShown);

/**
 * What an operator watches during a contest, from what users notice to the possible causes. It refers to 50 metrics
 * at most, the number that is free of charge for a dashboard (Amazon CloudWatch pricing).
 */
export function createDashboard(scope: Construct, stage: Stage, watched: Watched, alarms: Alarm[]): void {
  if (!stage.dashboard) return;
  new Dashboard(scope, 'Dashboard', {
    // Names of dashboards are unique in the account, not in the region.
    dashboardName: `flowserv-${stage.name}-${Stack.of(scope).region}`,
    widgets: [
      [
        new TextWidget({
          markdown: `# flowServ ${stage.name}\nWhat to do about an alarm: docs/runbook.md`,
          width: COLUMNS,
          height: 2,
        }),
      ],
      [new AlarmStatusWidget({ title: 'Alarms', alarms, width: COLUMNS, height: 5 })],
      row(...runGraphs(stage)),
      row(...apiGraphs(watched)),
      row(...functionGraphs(watched)),
      row(...dataGraphs(watched)),
    ],
  });
}

const runGraphs = (stage: Stage): GraphWidgetProps[] => [
  {
    title: 'Waiting runs, and vCPUs in use',
    left: [ownMetric(stage, 'RunsWaiting', Stats.MAXIMUM), ownMetric(stage, 'VcpusInUse', Stats.MAXIMUM)],
    leftAnnotations: [{ value: stage.capacity, label: 'capacity' }],
  },
  {
    title: 'Longest wait in seconds',
    left: [ownMetric(stage, 'LongestWait', Stats.MAXIMUM)],
    leftAnnotations: [{ value: stage.queueAlarmMinutes * 60, label: 'alarm' }],
  },
  {
    title: 'Runs admitted and ended',
    left: [
      ownMetric(stage, 'RunsAdmitted'),
      ownMetric(stage, 'RunsSucceeded'),
      ownMetric(stage, 'RunsFailed'),
      ownMetric(stage, 'RunsCanceled'),
    ],
  },
  {
    title: 'Faults of the platform',
    left: [ownMetric(stage, 'ExecutionsFailed'), ownMetric(stage, 'TasksRepeated')],
  },
];

const apiGraphs = ({ gateway }: Watched): GraphWidgetProps[] => [
  {
    title: 'Requests',
    left: [gateway.metricCount({ period: PERIOD, statistic: Stats.SUM })],
  },
  {
    title: 'Rejected requests (4xx) and errors (5xx)',
    left: [gateway.metricClientError({ period: PERIOD }), gateway.metricServerError({ period: PERIOD })],
  },
  {
    title: 'Response time in milliseconds',
    left: [50, 90, 99].map((percent) =>
      gateway.metricIntegrationLatency({ period: PERIOD, statistic: Stats.percentile(percent) }),
    ),
  },
  { title: 'Fargate vCPUs of the account', left: [fargateCpus] },
];

/** The usage that the quota of the account limits (Amazon ECS, "AWS Fargate usage metrics"). */
const fargateCpus = new Metric({
  namespace: 'AWS/Usage',
  metricName: 'ResourceCount',
  dimensionsMap: { Service: 'Fargate', Type: 'Resource', Resource: 'vCPU', Class: 'Standard/OnDemand' },
  statistic: Stats.MAXIMUM,
  period: PERIOD,
});

const functionGraphs = ({ functions }: Watched): GraphWidgetProps[] => {
  const each = (
    names: readonly (keyof typeof functions)[],
    metric: (name: keyof typeof functions) => IMetric,
  ) => names.map(metric);
  return [
    {
      title: 'Errors of functions',
      left: each(SHOWN_FUNCTIONS, (name) => functions[name].metricErrors({ period: PERIOD, label: name })),
    },
    {
      title: 'Throttled calls of functions',
      left: each(AWAITED_FUNCTIONS, (name) =>
        functions[name].metricThrottles({ period: PERIOD, label: name }),
      ),
    },
    {
      title: 'Milliseconds of functions (9 of 10 calls)',
      left: each(AWAITED_FUNCTIONS, (name) =>
        functions[name].metricDuration({ period: PERIOD, label: name, statistic: Stats.percentile(90) }),
      ),
    },
  ];
};

const dataGraphs = (watched: Watched): GraphWidgetProps[] => {
  const { queues, table } = watched;
  const { reads, writes, index } = tableThrottles(watched);
  return [
    {
      title: 'Seconds of the oldest message of a queue',
      left: SHOWN_QUEUES.map((name) =>
        queues[name].queue.metricApproximateAgeOfOldestMessage({ period: PERIOD, label: name }),
      ),
    },
    {
      title: 'Capacity units of the table',
      left: [
        table.metricConsumedReadCapacityUnits({ period: PERIOD }),
        table.metricConsumedWriteCapacityUnits({ period: PERIOD }),
      ],
    },
    { title: 'Throttled requests to the table', left: [reads, writes, index] },
  ];
};

/** Graphs of equal width in one row. */
const row = (...graphs: GraphWidgetProps[]): IWidget[] =>
  graphs.map((graph) => new GraphWidget({ ...graph, width: COLUMNS / graphs.length, height: 6 }));
