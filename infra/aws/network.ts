import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  type ISubnet,
  Peer,
  Port,
  SecurityGroup,
  type SubnetConfiguration,
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

// The state machine requests an address for each task of a public network; nothing else gets one.
const OPEN = { subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false };
const SUBNETS: Readonly<Record<Stage['network'], SubnetConfiguration[]>> = {
  public: [{ name: 'tasks', ...OPEN }],
  private: [
    { name: 'tasks', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    { name: 'gateway', ...OPEN, cidrMask: 28 },
  ],
  isolated: [{ name: 'closed', subnetType: SubnetType.PRIVATE_ISOLATED }],
};

/**
 * Creates the network of tasks, to which nothing can connect. A public one has subnets without NAT, so it costs nothing
 * while no task runs, and each task has its own address. A private one has a NAT gateway, whose address all tasks use.
 * In both, traffic with S3 stays inside AWS. An isolated one has subnets without a route to the internet; `endpoints.ts`
 * adds its endpoints when their targets exist.
 */
export function createNetwork(parent: Construct, stage: Stage): Network {
  const scope = new Construct(parent, 'Network');
  const isolated = stage.network === 'isolated';
  const vpc = new Vpc(scope, 'Vpc', {
    maxAzs: 2,
    // One gateway for both zones: if its zone fails, steps are retried until it is back.
    natGateways: stage.network === 'private' ? 1 : 0,
    subnetConfiguration: SUBNETS[stage.network],
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
  const subnets = {
    public: vpc.publicSubnets,
    private: vpc.privateSubnets,
    isolated: vpc.isolatedSubnets,
  }[stage.network];
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
