import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Stage } from './stage.ts';

/**
 * ARN patterns of what the product creates at run time: state machines, their executions, task definitions.
 * All of it is named `flowserv-<stage>-<digest>`.
 */
export function createdArns(scope: Construct, { name }: Stage) {
  const stack = Stack.of(scope);
  const prefix = `flowserv-${name}-`;
  const states = (resource: string, resourceName: string) =>
    stack.formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return {
    /** Prefix of the ARNs of all state machines. */
    stateMachinePrefix: states('stateMachine', prefix),
    stateMachines: states('stateMachine', `${prefix}*`),
    executions: states('execution', `${prefix}*:*`),
    /** Tasks of the stage's cluster. */
    tasks: stack.formatArn({ service: 'ecs', resource: 'task', resourceName: `flowserv-${name}/*` }),
    /** Families of task definitions: a definition has no revision while it is being registered. */
    families: stack.formatArn({ service: 'ecs', resource: 'task-definition', resourceName: `${prefix}*` }),
    taskDefinitions: stack.formatArn({
      service: 'ecs',
      resource: 'task-definition',
      resourceName: `${prefix}*:*`,
    }),
  };
}
