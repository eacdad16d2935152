import { functionNames } from '../../infra/functions.ts';
import { queueFeeds } from '../../infra/queues.ts';
import type { Caller } from './need.ts';

/** Permissions that are not used by any call of the product's own. */
export interface Exception {
  readonly callers: readonly Caller[];
  readonly actions: readonly string[];
  /** Who uses them, and where AWS says so. */
  readonly reason: string;
}

/**
 * All of them. They are what AWS's services do with a role by themselves, which the local stack has no need to do, and what it does
 * not have.
 * One that covers nothing fails the check.
 */
export const exceptions: readonly Exception[] = [
  {
    callers: functionNames,
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    reason: 'Lambda writes the function\'s log (Lambda, "Sending Lambda function logs to CloudWatch Logs")',
  },
  {
    callers: Object.values(queueFeeds).map((feed) => feed.function),
    actions: ['sqs:GetQueueAttributes'],
    reason:
      'Lambda looks at the queue that it polls (SQS, "Configuring a queue to trigger a Lambda function")',
  },
  {
    callers: ['operator'],
    actions: ['cloudformation:DescribeStacks'],
    reason: 'flowserv --stack reads the outputs, and the local stack has no CloudFormation',
  },
  {
    callers: ['machine'],
    actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    reason: 'Step Functions learns of stopped tasks (Step Functions, "IAM policies for Amazon ECS/Fargate")',
  },
];
