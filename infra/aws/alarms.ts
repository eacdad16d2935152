import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { functionNames } from '../functions.ts';
import { queueNames } from '../queues.ts';
import type { Functions } from './functions.ts';
import type { Queues } from './queues.ts';
import type { Stage } from './stage.ts';

/** What is watched. */
export interface Watched {
  readonly gateway: HttpApi;
  readonly functions: Functions;
  readonly queues: Queues;
}

/** What an operator should look at; docs/deploy.md says how. */
export function createAlarms(parent: Construct, stage: Stage, { gateway, functions, queues }: Watched): void {
  const scope = new Construct(parent, 'Alarms');
  const topic = createTopic(scope, stage);
  if (stage.alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(stage.alarmEmail));

  const raise = (id: string, description: string, metric: IMetric) => {
    const alarm = new Alarm(scope, id, { ...anyAtAll, alarmDescription: description, metric });
    alarm.addAlarmAction(new SnsAction(topic));
  };
  const period = Duration.minutes(5);
  for (const name of queueNames) {
    const metric = queues[name].deadLetters.metricApproximateNumberOfMessagesVisible({ period });
    raise(`${name}-dead`, `messages of queue ${name} have failed for good`, metric);
  }
  for (const name of functionNames) {
    raise(`${name}-errors`, `function ${name} has failed`, functions[name].metricErrors({ period }));
  }
  raise('server-errors', 'requests were answered with 500 or above', gateway.metricServerError({ period }));
}

/**
 * The topic's policy takes the place of the one by which everything in the account may publish, so that it has to let the
 * alarms in again (Amazon SNS, "Allow any CloudWatch alarm in an account to publish").
 */
function createTopic(scope: Construct, stage: Stage): Topic {
  const topic = new Topic(scope, 'Topic', { displayName: `flowServ ${stage.name}`, enforceSSL: true });
  const stack = Stack.of(scope);
  const alarms = stack.formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AllowAlarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: { 'aws:SourceArn': alarms },
      },
    }),
  );
  return topic;
}

/** What users do wrong becomes an answer below 500, so that everything that is counted here is a fault. */
const anyAtAll: Omit<CreateAlarmOptions, 'metric'> = {
  threshold: 0,
  evaluationPeriods: 1,
  comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  treatMissingData: TreatMissingData.NOT_BREACHING,
};
