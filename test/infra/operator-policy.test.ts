import { describe, expect, it } from 'vitest';
import { longestOf } from '../../infra/aws/longest-text.ts';
import { deny, executions, passExecutionRole, stateMachines, table, without } from './permission-lines.ts';
import { managedPermissions } from './role-permissions.ts';
import { resourcesOf, templateOf } from './synthesised.ts';

/** All permissions of the operator, in the policy that an administrator attaches to people. */
const operator = [
  'cloudformation:DescribeStacks AWS::StackId',
  ...table,
  ...deny(without('DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'), 'USER*'),
  ...deny(without('DeleteItem', 'PutItem', 'Query'), 'USERS*'),
  ...deny(table, 'TOKEN#*'),
  ...deny(without('PutItem'), 'RESET#*'),
  ...deny(without('GetItem', 'UpdateItem'), 'CREDENTIAL#*'),
  ...deny(without('DeleteItem'), 'WEBHOOKSECRET#*'),
  's3:ListBucket DataDataBucket',
  's3:GetObject DataDataBucket/w/*/static/*',
  's3:GetObject DataDataBucket/w/*/runs/*',
  's3:PutObject DataDataBucket/w/*/static/*',
  's3:DeleteObject DataDataBucket/w/*',
  's3:AbortMultipartUpload DataDataBucket/w/*/groups/*',
  's3:AbortMultipartUpload DataDataBucket/w/*/sources/*',
  's3:ListBucket DataWorkBucket',
  's3:GetObject DataWorkBucket/r/*',
  's3:DeleteObject DataWorkBucket/a/*',
  's3:DeleteObject DataWorkBucket/r/*',
  'sqs:SendMessage Queuesleaderboard',
  'sqs:SendMessage Queuesdispatch',
  'sqs:SendMessage Queuespurge',
  `states:CreateStateMachine ${stateMachines}`,
  `states:DescribeStateMachine ${stateMachines}`,
  `states:StopExecution ${executions}`,
  'ecs:RegisterTaskDefinition *',
  passExecutionRole,
  'iam:PassRole MachineRole if {"StringEquals":{"iam:PassedToService":"states.amazonaws.com"}}',
];

/** The longest document of a managed policy, without whitespace (IAM, "IAM and AWS STS character limits"). */
const MAX_POLICY_CHARACTERS = 6144;

describe('permissions', () => {
  it('of the operator are those of its commands, in a policy without initial holders', () => {
    const template = templateOf('test');
    expect(managedPermissions(template)).toEqual({ OperatorPolicy: operator.toSorted() });
    const [policy] = resourcesOf(template, 'AWS::IAM::ManagedPolicy');
    expect(policy?.Properties).not.toHaveProperty('Roles');
    expect(policy?.Properties.ManagedPolicyName).toEqual({
      'Fn::Join': ['', ['flowserv-test-operator-', { Ref: 'AWS::Region' }]],
    });
    expect(template.findOutputs('OperatorPolicyArn')).not.toEqual({});
  });

  it('of the operator fit into one policy, even with the longest names of CloudFormation', () => {
    const [policy] = resourcesOf(templateOf('sixteenlettersab'), 'AWS::IAM::ManagedPolicy');
    const filled = JSON.stringify(policy?.Properties.PolicyDocument, (_key, value: unknown) => {
      const [key] = Object.keys(Object(value));
      return key === 'Ref' || key?.startsWith('Fn::') ? longestOf(value) : value;
    });
    expect(filled.length).toBeLessThan(MAX_POLICY_CHARACTERS);
  });
});
