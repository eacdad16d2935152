import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { logs } from './permission-lines.ts';
import { rolePermissions } from './role-permissions.ts';
import { templateOf } from './synthesised.ts';

describe('permissions that depend on settings', () => {
  it('to send mail exist only with a sender address', () => {
    const { Functionsauthrole: lines } = rolePermissions(
      templateOf('test', { mailFrom: 'bench@example.org' }),
    );
    for (const resource of ['identity', 'configuration-set']) {
      expect(lines).toContain(
        `ses:SendEmail ses:${resource}/* if {"StringEquals":{"ses:FromAddress":"bench@example.org"}}`,
      );
    }
  });

  it('to pull private images exist only for the named repositories', () => {
    const { ComputeExecutionRole: lines } = rolePermissions(
      templateOf('test', { imageRepositories: ['benchmarks/*'] }),
    );
    expect(lines).toEqual([
      'ecr:BatchCheckLayerAvailability ecr:repository/benchmarks/*',
      'ecr:BatchGetImage ecr:repository/benchmarks/*',
      'ecr:GetAuthorizationToken *',
      'ecr:GetDownloadUrlForLayer ecr:repository/benchmarks/*',
      ...logs('ComputeStagingLog'),
    ]);
  });

  it('of the state machines can be assumed by state machines of this stage only', () => {
    templateOf('test').hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'states.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: { 'aws:SourceArn': Match.objectLike({ 'Fn::Join': Match.anyValue() }) },
            },
          },
        ],
        Version: '2012-10-17',
      },
    });
  });
});
