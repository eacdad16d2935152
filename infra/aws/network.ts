import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
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
  /** Group of all tasks. */
  readonly securityGroup: SecurityGroup;
}

/**
 * Where tasks run: public subnets without NAT, so that nothing costs while nothing runs. Each task has an address
 * of its own, nothing can reach it, and its traffic with S3 stays inside AWS.
 */
export function createNetwork(parent: Construct, stage: Stage): Network {
  const scope = new Construct(parent, 'Network');
  const vpc = new Vpc(scope, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [
      // The state machine asks for an address itself; whatever else is started here gets none.
      { name: 'tasks', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
    ],
    gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    flowLogs: {
      All: {
        destination: FlowLogDestination.toCloudWatchLogs(createLogGroup(scope, 'FlowLog', stage, 'network')),
        trafficType: FlowLogTrafficType.ALL,
      },
    },
    // Nothing is in the default group, and closing it takes a function with rights of its own.
    restrictDefaultSecurityGroup: false,
  });
  return { vpc, securityGroup: createSecurityGroup(scope, vpc) };
}

/** Nothing comes in. Images, packages and the broker are fetched from the web; name resolution passes by. */
function createSecurityGroup(scope: Construct, vpc: Vpc): SecurityGroup {
  const group = new SecurityGroup(scope, 'Tasks', {
    vpc: asVpc(vpc),
    description: 'Tasks of steps: no way in, web out',
    allowAllOutbound: false,
  });
  group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'HTTPS');
  group.addEgressRule(Peer.anyIpv4(), Port.tcp(80), 'package mirrors');
  return group;
}
