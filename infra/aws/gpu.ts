import { Fn, Stack } from 'aws-cdk-lib';
import { CfnAutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { CfnLaunchTemplate, type ISubnet, Peer, Port, SecurityGroup, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { CfnCapacityProvider, type Cluster } from 'aws-cdk-lib/aws-ecs';
import { InstanceProfile, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { allow } from './allow.ts';
import { asVpc } from './interfaces.ts';
import { gpuOf, type Stage } from './stage.ts';

/** GiB of an instance's disk that its system and the images of steps may use. */
const IMAGES_GIB = 50;

/** The newest image for instances with a GPU at the time of a deployment (Amazon ECS, "Retrieving AMI metadata"). */
const IMAGE = '/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id';

/** Settings of the agent (Amazon ECS, "Container agent configuration"). */
const AGENT = {
  ECS_ENABLE_GPU_SUPPORT: 'true',
  // Containers reach no metadata of the instance, and with it not the role of the agent.
  ECS_AWSVPC_BLOCK_IMDS: 'true',
  ECS_DISABLE_PRIVILEGED: 'true',
  // Images and logs need the execution role of the task; the instance has no permission for them.
  ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE: 'true',
  // The files of a step are removed with its task, not three hours later.
  ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION: '1m',
};

/**
 * Creates the instances for steps with a GPU: none while no such step runs, each with one GPU and therefore one step at
 * a time. They are in the subnets of the tasks, without a public address and with nothing that can connect to them.
 * Their role can only report to ECS.
 *
 * @returns the name of their capacity provider
 */
export function createGpuInstances(
  parent: Construct,
  stage: Stage,
  {
    vpc,
    subnets,
    cluster,
  }: { readonly vpc: Vpc; readonly subnets: readonly ISubnet[]; readonly cluster: Cluster },
): string | undefined {
  const gpu = gpuOf(stage);
  if (!gpu || !stage.gpu) return undefined;
  const { instances, instanceType } = stage.gpu;
  const scope = new Construct(parent, 'Gpu');
  const template = launchTemplate(scope, { vpc, cluster, instanceType, disk: gpu.disk + IMAGES_GIB });
  const group = new CfnAutoScalingGroup(scope, 'Instances', {
    minSize: '0',
    maxSize: String(instances),
    vpcZoneIdentifier: subnets.map(({ subnetId }) => subnetId),
    launchTemplate: { launchTemplateId: template.ref, version: template.attrLatestVersionNumber },
    // ECS removes the protection of an instance when it has no task.
    newInstancesProtectedFromScaleIn: true,
    // ECS adds this tag to groups that it scales, and CloudFormation must not remove it.
    tags: [{ key: 'AmazonECSManaged', value: '', propagateAtLaunch: true }],
  });
  acknowledge(
    group,
    'AS3',
    'instances start and end with single steps; failed ones show in the messages of runs',
  );
  const provider = new CfnCapacityProvider(scope, 'Provider', {
    name: gpu.provider,
    autoScalingGroupProvider: {
      autoScalingGroupArn: group.ref,
      managedScaling: { status: 'ENABLED', targetCapacity: 100, maximumScalingStepSize: instances },
      managedTerminationProtection: 'ENABLED',
      managedDraining: 'ENABLED',
    },
  });
  return provider.ref;
}

interface Launch {
  readonly vpc: Vpc;
  readonly cluster: Cluster;
  readonly instanceType: string;
  /** GiB. */
  readonly disk: number;
}

function launchTemplate(scope: Construct, { vpc, cluster, instanceType, disk }: Launch): CfnLaunchTemplate {
  const group = new SecurityGroup(scope, 'Group', {
    vpc: asVpc(vpc),
    description: 'Instances with a GPU: no way in, web out',
    allowAllOutbound: false,
  });
  group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'HTTPS');
  const settings = Object.entries({ ECS_CLUSTER: cluster.clusterName, ...AGENT });
  const lines = settings.map(([name, value]) => `echo ${name}=${value} >> /etc/ecs/ecs.config`);
  return new CfnLaunchTemplate(scope, 'Template', {
    launchTemplateData: {
      imageId: `{{resolve:ssm:${IMAGE}}}`,
      instanceType,
      iamInstanceProfile: { arn: instanceProfile(scope, cluster).instanceProfileArn },
      securityGroupIds: [group.securityGroupId],
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        { deviceName: '/dev/xvda', ebs: { volumeSize: disk, volumeType: 'gp3', encrypted: true } },
      ],
      userData: Fn.base64(['#!/bin/bash', ...lines, ''].join('\n')),
    },
  });
}

/**
 * The role of the instances: what the agent needs, for this cluster only. AWS's managed policy for instances also permits
 * to pull every image and to write to every log of the account.
 */
function instanceProfile(scope: Construct, cluster: Cluster): InstanceProfile {
  const stack = Stack.of(scope);
  const role = new Role(scope, 'InstanceRole', {
    description: 'Reports the state of instances and their tasks to ECS',
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
  });
  const ofCluster = (resource: string) =>
    stack.formatArn({ service: 'ecs', resource, resourceName: `${cluster.clusterName}/*` });
  allow(role, {
    actions: [
      'ecs:RegisterContainerInstance',
      'ecs:DeregisterContainerInstance',
      'ecs:SubmitContainerStateChange',
      'ecs:SubmitTaskStateChange',
      'ecs:SubmitAttachmentStateChanges',
    ],
    resources: [cluster.clusterArn],
    why: 'the cluster of the stage',
  });
  allow(role, {
    actions: ['ecs:Poll', 'ecs:StartTelemetrySession', 'ecs:UpdateContainerInstancesState'],
    resources: [ofCluster('container-instance')],
    conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
    why: 'ids of instances are generated; only those of this cluster',
  });
  allow(role, {
    actions: ['ecs:DiscoverPollEndpoint'],
    resources: ['*'],
    why: 'the action supports no resources (Service Authorization Reference)',
  });
  return new InstanceProfile(scope, 'Profile', { role });
}
