import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  type ISubnet,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { asVpc } from './interfaces.ts';
import { createLogGroup } from './logs.ts';
import type { Stage } from './stage.ts';

export interface Network {
  readonly vpc: Vpc;
  /** The subnets of tasks. */
  readonly subnets: readonly ISubnet[];
  /** The security group of all tasks. */
  readonly securityGroup: SecurityGroup;
}

/**
 * Creates the network of tasks. A public one has subnets without NAT, so it costs nothing while no task runs. Each task
 * has its own address, nothing can connect to it, and its traffic with S3 stays inside AWS. An isolated one has subnets
 * without a route to the internet; `endpoints.ts` adds its endpoints when their targets exist.
 */
export function createNetwork(parent: Construct, stage: Stage): Network {
  const scope = new Construct(parent, 'Network');
  const isolated = stage.network === 'isolated';
  const vpc = new Vpc(scope, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [
      isolated
        ? { name: 'closed', subnetType: SubnetType.PRIVATE_ISOLATED }
        : // The state machine requests an address for each task; nothing else gets one.
          { name: 'tasks', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
    ],
    ...(isolated ? {} : { gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } } }),
    flowLogs: {
      All: {
        destination: FlowLogDestination.toCloudWatchLogs(createLogGroup(scope, 'FlowLog', stage, 'network')),
        trafficType: FlowLogTrafficType.ALL,
      },
    },
    // The default group is not used, and closing it would need a function with its own permissions.
    restrictDefaultSecurityGroup: false,
  });
  const subnets = isolated ? vpc.isolatedSubnets : vpc.publicSubnets;
  return { vpc, subnets, securityGroup: createSecurityGroup(scope, vpc, isolated) };
}

/**
 * Creates the security group of all tasks. Nothing can connect to a task. Tasks can connect to any address over HTTPS,
 * for images, packages and the broker, and in a public network over HTTP. An isolated network cannot limit the
 * addresses here, because those of S3 are public; its routes do. Name resolution is not affected.
 */
function createSecurityGroup(scope: Construct, vpc: Vpc, isolated: boolean): SecurityGroup {
  const group = new SecurityGroup(scope, 'Tasks', {
    vpc: asVpc(vpc),
    description: isolated ? 'Tasks of steps: no way in, endpoints out' : 'Tasks of steps: no way in, web out',
    allowAllOutbound: false,
  });
  group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'HTTPS');
  if (!isolated) group.addEgressRule(Peer.anyIpv4(), Port.tcp(80), 'package mirrors');
  return group;
}
