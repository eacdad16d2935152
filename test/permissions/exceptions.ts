import { functionNames } from '../../infra/functions.ts';
import { queueFeeds } from '../../infra/queues.ts';
import type { Caller } from './need.ts';

/** Permissions that no call of the product itself uses. */
export interface Exception {
  readonly callers: readonly Caller[];
  readonly actions: readonly string[];
  /** Who uses them, and where AWS documents it. */
  readonly reason: string;
}

/**
 * All exceptions: what AWS's services do with a role, which the local stack does not need, and what the local stack
 * does not have. An exception that covers nothing fails the check.
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
