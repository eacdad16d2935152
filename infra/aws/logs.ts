import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Stage } from './stage.ts';

/**
 * A log group whose lines expire: `<parent>/flowserv/<stage>/<name>`. It goes with the stack: a group that stayed
 * would be in the way of the next stack of the stage, which gives it the same name.
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
