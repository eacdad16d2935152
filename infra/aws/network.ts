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
  /** Where tasks get their addresses. */
  readonly subnets: readonly ISubnet[];
  /** Group of all tasks. */
  readonly securityGroup: SecurityGroup;
}

/**
 * Where tasks run. Public: subnets without NAT, so that nothing costs while nothing runs. Each task has an address
 * of its own, nothing can reach it, and its traffic with S3 stays inside AWS. Isolated: subnets without a way out, whose
 * endpoints come later (`endpoints.ts`), when there is what they lead to.
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
        : // The state machine asks for an address itself; whatever else is started here gets none.
          { name: 'tasks', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
    ],
    ...(isolated ? {} : { gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } } }),
    flowLogs: {
      All: {
        destination: FlowLogDestination.toCloudWatchLogs(createLogGroup(scope, 'FlowLog', stage, 'network')),
        trafficType: FlowLogTrafficType.ALL,
      },
    },
    // Nothing is in the default group, and closing it takes a function with rights of its own.
    restrictDefaultSecurityGroup: false,
  });
  const subnets = isolated ? vpc.isolatedSubnets : vpc.publicSubnets;
  return { vpc, subnets, securityGroup: createSecurityGroup(scope, vpc, isolated) };
}

/**
 * Nothing comes in. Images, packages and the broker are fetched from the web, or from endpoints: to which of them a closed
 * network leads is a matter of its routes, as S3's addresses are public ones. Name resolution passes by.
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
