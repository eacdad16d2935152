import { Duration } from 'aws-cdk-lib';
import { Match, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { queueFeeds, queueNames } from '../queues.ts';
import { createdArns } from './arns.ts';
import type { Functions } from './functions.ts';
import type { Queues } from './queues.ts';
import type { Stage } from './stage.ts';

/** Everything that calls functions without a request. */
export function createWakeUps(parent: Construct, stage: Stage, functions: Functions, queues: Queues): void {
  const scope = new Construct(parent, 'WakeUps');
  for (const name of queueNames) {
    const { function: consumer, batchSize, maxConcurrency, reportsFailures } = queueFeeds[name];
    // CDK's `SqsEventSource` would grant the role more than `function-needs.ts` lists.
    functions[consumer].addEventSourceMapping(`From ${name}`, {
      eventSourceArn: queues[name].queue.queueArn,
      batchSize,
      maxConcurrency,
      reportBatchItemFailures: reportsFailures,
    });
  }
  settleClosedExecutions(scope, stage, queues);
  for (const name of ['dispatch', 'sweep'] as const) {
    // The call of the next minute replaces a failed one.
    functions[name].configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    new Rule(scope, `Every minute ${name}`, {
      description: `Calls ${name} of flowServ ${stage.name}`,
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(functions[name], { retryAttempts: 0 })],
    });
  }
}

/**
 * Sends the status event of an execution that ended before its last state, because it was stopped, timed out or broke,
 * to the queue that settles its run (Step Functions, "Automating Step Functions event delivery with EventBridge").
 */
function settleClosedExecutions(scope: Construct, stage: Stage, { settle }: Queues): void {
  new Rule(scope, 'ExecutionClosed', {
    description: `Ended executions of flowServ ${stage.name}`,
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
