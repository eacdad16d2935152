import { keys } from '../../../shared/store/keys.ts';
import type { Deployed } from '../deployed.ts';
import { does, type Edge, instead, prefixOf, roleLike } from './edge.ts';

/**
 * Calls of the custom resource that is deleted first: the local stack has no CloudFormation, so no run of it shows
 * them.
 */
export function teardownEdges(deployed: Deployed): Edge[] {
  const { ofType, region, account } = deployed;
  const role = roleLike(deployed, /^Teardownrole/);
  const prefix = prefixOf(deployed);
  const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  const [cluster] = ofType('AWS::ECS::Cluster');
  const inCluster = { 'ecs:cluster': [cluster?.arn ?? ''] };
  const act = (action: string, resource: string, context?: Edge['context']) =>
    does('the teardown', role, action, resource, context);
  const [table] = ofType('AWS::DynamoDB::GlobalTable');
  const onItem = (action: string, { pk }: { readonly pk: string }) =>
    act(`dynamodb:${action}`, table?.arn ?? '', { 'dynamodb:LeadingKeys': [pk] });

  const stateMachine = act('states:DeleteStateMachine', arn('states', `stateMachine:${prefix}0a1b`));
  const execution = act('states:StopExecution', arn('states', `execution:${prefix}0a1b:1`));
  const definition = act('ecs:DeleteTaskDefinitions', arn('ecs', `task-definition/${prefix}0a1b:3`));
  // The only resource that IAM supports for it (Service Authorization Reference).
  const instances = arn('ecs', `container-instance/${cluster?.properties.ClusterName}/0a1b`);
  const tasks = act('ecs:ListTasks', instances, inCluster);
  const task = act('ecs:StopTask', arn('ecs', `task/${cluster?.properties.ClusterName}/0a1b`), inCluster);
  const stage = onItem('UpdateItem', keys.capacity());
  const family = onItem('DeleteItem', keys.taskDefinition(`${prefix}0a1b`));
  const look = act('cloudformation:DescribeStacks', arn('cloudformation', 'stack/flowserv/0'));
  return [
    ...[stateMachine, execution, definition, tasks, task, stage, family, look],
    act('states:ListStateMachines', '*'),
    act('states:ListExecutions', stateMachine.resource),
    act('ecs:DescribeTasks', task.resource, inCluster),
    act('ecs:ListTaskDefinitions', '*'),
    act('ecs:DeregisterTaskDefinition', '*'),
    instead(stateMachine, 'of another stage', {
      resource: arn('states', 'stateMachine:flowserv-other-0a1b'),
    }),
    instead(execution, 'of another stage', { resource: arn('states', 'execution:flowserv-other-0a1b:1') }),
    instead(definition, 'of another stage', {
      resource: arn('ecs', 'task-definition/flowserv-other-0a1b:3'),
    }),
    instead(tasks, 'of another cluster', { context: { 'ecs:cluster': [arn('ecs', 'cluster/default')] } }),
    instead(task, 'of another cluster', { resource: arn('ecs', 'task/default/0a1b') }),
    instead(stage, 'of accounts', { context: { 'dynamodb:LeadingKeys': [keys.credential('1').pk] } }),
    instead(family, 'of runs', { context: { 'dynamodb:LeadingKeys': [keys.run('1').pk] } }),
    instead(look, 'of another stack', { resource: arn('cloudformation', 'stack/other/0') }),
  ];
}
