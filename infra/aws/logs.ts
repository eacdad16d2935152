import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { allow, type Grantee } from './allow.ts';
import type { Stage } from './stage.ts';

/**
 * A log group whose lines expire: `<parent>/flowserv/<stage>/<name>`. It is deleted with the stack: a retained group
 * would conflict with the next stack of the stage, which uses the same name.
 */
export function createLogGroup(
  scope: Construct,
  id: string,
  stage: Stage,
  name: string,
  parent = '',
): LogGroup {
  return new LogGroup(scope, id, {
    logGroupName: `${parent}/flowserv/${stage.name}/${name}`,
    retention: stage.logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/** Lets a role write to an existing log group, and to no other. */
export function grantLogStreams(grantee: Grantee, log: LogGroup): void {
  allow(grantee, {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [log.logGroupArn],
    why: 'streams of one log group',
  });
}
