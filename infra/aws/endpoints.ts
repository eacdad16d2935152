import { Stack } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  Port,
  SecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Compute } from './compute.ts';
import type { Data } from './data.ts';
import { asVpc } from './interfaces.ts';
import { createNameFirewall } from './name-firewall.ts';
import { createPrivateBroker } from './private-broker.ts';
import type { Stage } from './stage.ts';

/**
 * Creates everything that an isolated network reaches: S3 by its gateway endpoint, and ECR, the logs and the ticket
 * broker by interface endpoints. Each has its own policy, because an endpoint gives access to the whole service, and
 * code in a step may use credentials of another account.
 *
 * @returns base URL of the ticket broker inside the network
 */
export function createEndpoints(
  parent: Construct,
  stage: Stage,
  { data, compute }: { readonly data: Data; readonly compute: Compute },
  gatewayUrl: string,
): string {
  const scope = new Construct(parent, 'Endpoints');
  const { account, region, urlSuffix } = Stack.of(parent);
  const broker = createPrivateBroker(scope, stage, compute, gatewayUrl);
  const layers = layerBucket(scope);
  createS3Endpoint(compute, data, layers.arn);
  const open = opener(scope, compute);
  const pulls = [byExecutionRole(compute, PULL, imageArns(scope))];
  const token = byExecutionRole(compute, ['ecr:GetAuthorizationToken'], ['*']);
  open('EcrApi', InterfaceVpcEndpointAwsService.ECR, [...pulls, token]);
  open('EcrDocker', InterfaceVpcEndpointAwsService.ECR_DOCKER, [...pulls, token]);
  open('Logs', InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS, [
    byExecutionRole(compute, ['logs:CreateLogStream', 'logs:PutLogEvents'], [compute.stagingLog.logGroupArn]),
  ]);
  open('Broker', InterfaceVpcEndpointAwsService.APIGATEWAY, [
    anyPrincipal(['execute-api:Invoke'], [broker.arn]),
  ]);
  createNameFirewall(scope, stage, compute, [
    `api.ecr.${region}.${urlSuffix}`,
    `${account}.dkr.ecr.${region}.${urlSuffix}`,
    `logs.${region}.${urlSuffix}`,
    broker.host,
    ...[data.dataBucket, data.workBucket].map(({ bucketName }) => `${bucketName}.s3.${region}.${urlSuffix}`),
    ...layers.hosts,
  ]);
  return broker.url;
}

const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];

const imageArns = (scope: Construct) => [
  Stack.of(scope).formatArn({ service: 'ecr', resource: 'repository', resourceName: '*' }),
];

/** The bucket from which ECR serves layers (Amazon ECR, "Minimum Amazon S3 bucket permissions for Amazon ECR"). */
function layerBucket(scope: Construct) {
  const { partition, region, urlSuffix } = Stack.of(scope);
  const name = `prod-${region}-starport-layer-bucket`;
  return {
    arn: `arn:${partition}:s3:::${name}/*`,
    hosts: [`${name}.s3.${region}.${urlSuffix}`, `${name}.s3.${urlSuffix}`],
  };
}

/** Allows any principal: only roles of the stage's functions can sign links to its buckets. */
function createS3Endpoint({ vpc }: Compute, { dataBucket, workBucket }: Data, layers: string): void {
  const endpoint = vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
  const buckets = [dataBucket, workBucket].map((bucket) => bucket.arnForObjects('*'));
  endpoint.addToPolicy(anyPrincipal(['s3:GetObject', 's3:PutObject'], buckets));
  endpoint.addToPolicy(anyPrincipal(['s3:GetObject'], [layers]));
}

const anyPrincipal = (actions: string[], resources: string[]) =>
  new PolicyStatement({ principals: [new StarPrincipal()], actions, resources });

const byExecutionRole = ({ executionRole }: Compute, actions: string[], resources: string[]) =>
  new PolicyStatement({
    principals: [new StarPrincipal()],
    actions,
    resources,
    conditions: { ArnEquals: { 'aws:PrincipalArn': executionRole.roleArn } },
  });

/** Makes interface endpoints that only the tasks reach, under the usual names of the services. */
function opener(scope: Construct, { vpc, securityGroup: tasks }: Compute) {
  const group = new SecurityGroup(scope, 'Group', {
    vpc: asVpc(vpc),
    description: 'Endpoints: tasks in, nothing out',
    allowAllOutbound: false,
  });
  group.addIngressRule(tasks, Port.tcp(443), 'tasks of steps');
  return (id: string, service: InterfaceVpcEndpointAwsService, policy: readonly PolicyStatement[]): void => {
    const endpoint = vpc.addInterfaceEndpoint(id, { service, open: false, securityGroups: [group] });
    for (const statement of policy) endpoint.addToPolicy(statement);
  };
}
