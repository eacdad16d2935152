import { Duration } from 'aws-cdk-lib';
import { Match, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { queueFeeds, queueNames } from '../queues.ts';
import { createdArns } from './arns.ts';
import type { Functions } from './functions.ts';
import type { Queues } from './queues.ts';
import type { Stage } from './stage.ts';

/** Everything that calls functions without being asked by a request. */
export function createWakeUps(parent: Construct, stage: Stage, functions: Functions, queues: Queues): void {
  const scope = new Construct(parent, 'WakeUps');
  for (const name of queueNames) {
    const { function: consumer, batchSize, maxConcurrency, reportsFailures } = queueFeeds[name];
    // Not CDK's `SqsEventSource`, which gives the role more than `function-needs.ts` says.
    functions[consumer].addEventSourceMapping(`From ${name}`, {
      eventSourceArn: queues[name].queue.queueArn,
      batchSize,
      maxConcurrency,
      reportBatchItemFailures: reportsFailures,
    });
  }
  settleClosedExecutions(scope, stage, queues);
  for (const name of ['dispatch', 'sweep'] as const) {
    // The next minute repeats what fails.
    functions[name].configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    new Rule(scope, `Every minute ${name}`, {
      description: `Calls ${name} of flowServ ${stage.name}`,
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(functions[name], { retryAttempts: 0 })],
    });
  }
}

/**
 * A run's execution that ends without having reached its last state, because it was stopped, timed out or broke, is
 * settled by its status event (Step Functions, "Automating Step Functions event delivery with EventBridge").
 */
function settleClosedExecutions(scope: Construct, stage: Stage, { settle }: Queues): void {
  new Rule(scope, 'ExecutionClosed', {
    description: `Executions of flowServ ${stage.name} that have ended`,
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: Match.prefix(createdArns(scope, stage).stateMachinePrefix),
        status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    },
    targets: [new SqsQueue(settle.queue, { deadLetterQueue: settle.deadLetters })],
  });
}
