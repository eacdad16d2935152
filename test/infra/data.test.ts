import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { bucketCors } from '../../infra/buckets.ts';
import { capacityProviders } from '../../shared/engine/next-step-protocol.ts';
import { WORK_DAYS } from '../../shared/volumes/work-days.ts';
import { resourcesOf, synthesised, templateOf } from './synthesised.ts';

const template = templateOf('test');

describe('table and buckets', () => {
  it('can be restored to any second of the last weeks, and is kept by default', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        Replicas: [
          Match.objectLike({
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
        GlobalSecondaryIndexes: [
          Match.objectLike({ IndexName: 'due', Projection: { ProjectionType: 'KEYS_ONLY' } }),
        ],
      },
    });
  });

  it('is protected only if the stage is, so that a failed first deployment can be rolled back', () => {
    const replicas = (isProtected: boolean) => ({
      Properties: { Replicas: [Match.objectLike({ DeletionProtectionEnabled: isProtected })] },
    });
    template.hasResource('AWS::DynamoDB::GlobalTable', replicas(false));
    templateOf('test', { protected: true }).hasResource('AWS::DynamoDB::GlobalTable', replicas(true));
    const { stack, remove } = synthesised('test', { protected: true });
    expect(stack.terminationProtection).toBe(true);
    remove();
  });

  it('deletes the table of a non-production stage with its stack', () => {
    templateOf('dev', { production: false }).hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Delete',
      Properties: { Replicas: [Match.objectLike({ DeletionProtectionEnabled: false })] },
    });
  });

  it('has no bucket that is public, unencrypted, or deleted with the stack', () => {
    const buckets = resourcesOf(template, 'AWS::S3::Bucket');
    expect(buckets).toHaveLength(3);
    for (const { DeletionPolicy, Properties } of buckets) {
      expect(DeletionPolicy).toBe('RetainExceptOnCreate');
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties.BucketEncryption).toEqual({
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      });
    }
  });

  it('denies plain HTTP to every bucket', () => {
    const policies = resourcesOf(template, 'AWS::S3::BucketPolicy').map(({ Properties }) => Properties);
    expect(policies).toHaveLength(3);
    for (const policy of policies) {
      expect(JSON.stringify(policy)).toContain('{"Bool":{"aws:SecureTransport":"false"}}');
    }
  });

  it("denies links that are older than the longest lifetime of the product's links", () => {
    const denying = resourcesOf(template, 'AWS::S3::BucketPolicy').filter(({ Properties }) =>
      JSON.stringify(Properties).includes('{"NumericGreaterThan":{"s3:signatureAge":"900000"}}'),
    );
    expect(denying).toHaveLength(2);
  });

  it('keeps old versions of kept objects for a limited time, and expires objects between steps', () => {
    const corsRule = {
      AllowedMethods: [...bucketCors.allowedMethods],
      AllowedOrigins: ['*'],
      AllowedHeaders: ['*'],
      ExposedHeaders: ['ETag', 'Content-Disposition'],
    };
    template.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      CorsConfiguration: { CorsRules: [corsRule] },
      LifecycleConfiguration: {
        Rules: [
          Match.objectLike({
            NoncurrentVersionExpiration: { NoncurrentDays: 30 },
            ExpirationInDays: Match.absent(),
          }),
          Match.objectLike({ ExpiredObjectDeleteMarker: true }),
        ],
      },
    });
    template.hasResourceProperties('AWS::S3::Bucket', {
      CorsConfiguration: { CorsRules: [corsRule] },
      LifecycleConfiguration: {
        Rules: [Match.objectLike({ ExpirationInDays: WORK_DAYS, Prefix: Match.absent() })],
      },
    });
  });
});

describe('network of the tasks', () => {
  it('has no NAT gateway and no address with a price while nothing runs', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::EIP', 0);
    template.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
  });

  it('allows no incoming traffic, and outgoing web traffic', () => {
    const groups = resourcesOf(template, 'AWS::EC2::SecurityGroup').map(({ Properties }) => Properties);
    expect(groups).toHaveLength(1);
    expect(groups[0]?.SecurityGroupIngress).toBeUndefined();
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [
        Match.objectLike({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }),
        Match.objectLike({ IpProtocol: 'tcp', FromPort: 80, ToPort: 80 }),
      ],
    });
  });

  it('reaches S3 through a gateway endpoint', () => {
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
  });

  it('has a cluster with the capacity providers that state machines name', () => {
    template.hasResourceProperties('AWS::ECS::ClusterCapacityProviderAssociations', {
      CapacityProviders: [...capacityProviders],
      DefaultCapacityProviderStrategy: [],
    });
  });

  it('has no task definition, and therefore no task role, before a workflow is installed', () => {
    template.resourceCountIs('AWS::ECS::TaskDefinition', 0);
  });
});
