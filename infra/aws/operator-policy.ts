import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { ManagedPolicy, type Role } from 'aws-cdk-lib/aws-iam';
import { allow } from './allow.ts';
import { ALL_ITEM_ACTIONS, KEYS, type Needs } from './function-needs.ts';
import { grantStateMachines } from './installer.ts';
import { type FunctionResources, grantNeeds, grantRegistration } from './permissions.ts';

/**
 * What the commands of the operator do with the resources of the stack. `test/bin/operator-commands.test.ts` records
 * the calls of these commands, and fails if one of them lacks a permission, or if a permission is not used.
 */
const operatorNeeds: Needs = {
  table: ALL_ITEM_ACTIONS,
  // Accounts and their password requests; sessions end by a change of the account.
  accounts: {
    'USER*': ['get', 'list', 'put', 'update', 'remove'],
    'USERS*': ['list', 'put', 'remove'],
    'RESET#*': ['put'],
    'CREDENTIAL#*': ['get', 'update'],
    'WEBHOOKSECRET#*': ['remove'],
  },
  data: {
    get: [KEYS.versions, KEYS.runs],
    put: [KEYS.versions],
    delete: [KEYS.workflows],
    abort: [KEYS.groups, KEYS.sources],
  },
  work: ['get', 'delete'],
  submissionArchives: ['delete'],
  list: ['data', 'work'],
  send: ['leaderboard', 'dispatch', 'purge'],
  executions: ['stop'],
};

/**
 * A managed policy that an administrator attaches to the identity of an operator: what the commands of the
 * operator need, and nothing else of the account. Names of policies are the same in all regions, so this one has the
 * region.
 */
export function createOperatorPolicy(
  stack: Stack,
  resources: FunctionResources,
  stateMachineRole: Role,
): void {
  const { stage, compute } = resources;
  const policy = new ManagedPolicy(stack, 'OperatorPolicy', {
    managedPolicyName: `flowserv-${stage.name}-operator-${stack.region}`,
    description: `Commands of the operator of flowServ ${stage.name}`,
  });
  allow(policy, {
    actions: ['cloudformation:DescribeStacks'],
    resources: [stack.stackId],
    why: 'this stack',
  });
  grantNeeds(policy, operatorNeeds, resources);
  grantRegistration(policy, compute);
  grantStateMachines(policy, stage, stateMachineRole, ['states:DescribeStateMachine']);
  new CfnOutput(stack, 'OperatorPolicyArn', { value: policy.managedPolicyArn });
}
