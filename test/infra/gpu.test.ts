import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { gpuOf, stageOf } from '../../infra/aws/stage.ts';
import { readConfig } from '../../shared/config.ts';
import { stepEnvironment } from '../../shared/step-settings.ts';
import { STEP_SIZES } from '../step-sizes.ts';
import { WITH_GPU } from './all-settings.ts';
import { resourcesOf, templateOf } from './synthesised.ts';

const template = templateOf('test', WITH_GPU);
const only = (type: string) => {
  const [resource, ...more] = resourcesOf(template, type);
  expect(more).toEqual([]);
  return z.record(z.string(), z.unknown()).parse(resource?.Properties);
};

describe('a stage with GPUs', () => {
  it('has private subnets for tasks and instances, with one NAT gateway', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 1);
    const subnets = resourcesOf(template, 'AWS::EC2::Subnet').map(({ Properties }) => Properties);
    expect(subnets.map((subnet) => subnet?.MapPublicIpOnLaunch)).toEqual(Array(4).fill(false));
    const { VPCZoneIdentifier } = only('AWS::AutoScaling::AutoScalingGroup');
    expect(JSON.stringify(VPCZoneIdentifier)).toMatch(/tasksSubnet1.*tasksSubnet2/);
    expect(JSON.stringify(VPCZoneIdentifier)).not.toContain('gateway');
  });

  it('starts instances for single steps, and keeps none', () => {
    expect(only('AWS::AutoScaling::AutoScalingGroup')).toMatchObject({
      MinSize: '0',
      MaxSize: '3',
      NewInstancesProtectedFromScaleIn: true,
    });
    expect(only('AWS::ECS::CapacityProvider')).toMatchObject({
      Name: 'flowserv-test-gpu',
      AutoScalingGroupProvider: {
        ManagedScaling: { Status: 'ENABLED', TargetCapacity: 100 },
        ManagedTerminationProtection: 'ENABLED',
      },
    });
    const { CapacityProviders } = only('AWS::ECS::ClusterCapacityProviderAssociations');
    expect(CapacityProviders).toEqual([
      'FARGATE',
      'FARGATE_SPOT',
      { Ref: expect.stringContaining('Provider') },
    ]);
  });

  it('hides the metadata of instances from containers, and lets nothing connect to them', () => {
    const { LaunchTemplateData } = only('AWS::EC2::LaunchTemplate');
    expect(LaunchTemplateData).toMatchObject({
      InstanceType: 'g5.xlarge',
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true, VolumeSize: 100 } }],
    });
    const start = JSON.stringify(LaunchTemplateData);
    expect(start).toContain('ECS_AWSVPC_BLOCK_IMDS=true');
    expect(start).toContain('ECS_DISABLE_PRIVILEGED=true');
    expect(start).not.toContain('KeyName');
    for (const { Properties } of resourcesOf(template, 'AWS::EC2::SecurityGroup')) {
      expect(Properties?.SecurityGroupIngress).toBeUndefined();
    }
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  it('gives instances no permission for data, images, logs or secrets', () => {
    const policies = resourcesOf(template, 'AWS::IAM::Policy').map(({ Properties }) =>
      JSON.stringify(Properties),
    );
    const [own, ...more] = policies.filter((text) => /"Roles":\[[^\]]*GpuInstanceRole/.test(text));
    expect(more).toEqual([]);
    const services = [...(own ?? '').matchAll(/"([a-z0-9-]+):[A-Z][A-Za-z]+"/g)].map(
      ([, service]) => service,
    );
    expect(new Set(services)).toEqual(new Set(['ecs']));
    const roles = resourcesOf(template, 'AWS::IAM::Role').map(({ Properties }) => JSON.stringify(Properties));
    expect(roles.filter((text) => text.includes('ec2.amazonaws.com'))).toHaveLength(1);
    expect(
      roles.filter((text) => text.includes('ec2.amazonaws.com') && text.includes('ManagedPolicy')),
    ).toEqual([]);
  });

  it('tells the functions that plan steps the size, and the one that starts them the provider', () => {
    const environments = resourcesOf(template, 'AWS::Lambda::Function').map(({ Properties }) =>
      z.record(z.string(), z.unknown()).parse(Object(Properties?.Environment).Variables ?? {}),
    );
    const informed = environments.filter(({ FLOWSERV_STEP_GPU_PROVIDER }) => FLOWSERV_STEP_GPU_PROVIDER);
    expect(informed.map((env) => [env.FLOWSERV_STEP_GPU_PROVIDER, env.FLOWSERV_STEP_GPU_CPU])).toEqual(
      expect.arrayContaining([
        ['flowserv-test-gpu', undefined],
        ['flowserv-test-gpu', '4 vCPU'],
        ['flowserv-test-gpu', '4 vCPU'],
        ['flowserv-test-gpu', '4 vCPU'],
      ]),
    );
    expect(informed).toHaveLength(4);
    const gpu = gpuOf(stageOf('test', WITH_GPU));
    expect(gpu).toEqual({ provider: 'flowserv-test-gpu', cpu: 4, memory: 14_336, disk: 50 });
    expect(readConfig(stepEnvironment({ ...STEP_SIZES, gpu })).steps.gpu).toEqual(gpu);
  });

  it.each([
    [{ gpu: {} }, "gpu: needs 'network: private'"],
    [{ gpu: {}, network: 'isolated' }, "gpu: needs 'network: private'"],
    [{ gpu: { cpu: 8 }, network: 'private' }, "gpu.cpu: exceeds the stage's 'capacity'"],
    [
      { gpu: { instanceType: 'g4dn.12xlarge' }, network: 'private' },
      'gpu.instanceType: must be a size of g4dn',
    ],
    [{ gpu: { instanceType: 'm5.large' }, network: 'private' }, 'gpu.instanceType: must be a size of g4dn'],
  ])('is rejected without the network or the size that it needs: %j', (settings, message) => {
    expect(() => stageOf('test', settings)).toThrow(message);
  });
});
