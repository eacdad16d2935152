import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { stageOf } from '../../infra/aws/stage.ts';
import { brokerRoutes } from '../../shared/api/routes/broker.ts';
import { readConfig } from '../../shared/config.ts';
import { checkReachable } from '../../shared/workflows/task-definitions.ts';
import { ISOLATED } from './all-settings.ts';
import { rolePermissions } from './role-permissions.ts';
import { resourcesOf, templateOf } from './synthesised.ts';

const template = templateOf('test', ISOLATED);
const properties = (type: string) => resourcesOf(template, type).map(({ Properties }) => Properties);

const arn = (id: string) => `arn:aws:any:eu-central-1:123456789012:${id.replace(/[0-9A-F]{8}$/, '')}`;
const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
};
/** A text of the template; references become the names of their targets. */
const text: z.ZodType<string> = z.lazy(() =>
  z.union([
    z.string(),
    z.object({ Ref: z.string() }).transform(({ Ref }) => pseudo[Ref] ?? Ref.replace(/[0-9A-F]{8}$/, '')),
    z
      .object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })
      .transform(({ 'Fn::GetAtt': [id] }) => arn(id)),
    z
      .object({ 'Fn::Join': z.tuple([z.literal(''), z.array(text)]) })
      .transform(({ 'Fn::Join': [, parts] }) => parts.join('')),
  ]),
);
const texts = z.union([z.array(text), text.transform((one) => [one])]);
/** `service-edges.test.ts` tests what its endpoints let pass. */
describe('an isolated network', () => {
  it('has no route to the internet', () => {
    for (const type of ['InternetGateway', 'NatGateway', 'EgressOnlyInternetGateway', 'EIP', 'Route']) {
      template.resourceCountIs(`AWS::EC2::${type}`, 0);
    }
    template.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
  });

  it('allows tasks to reach endpoints only, and nothing to reach tasks', () => {
    const [ingress, ...more] = properties('AWS::EC2::SecurityGroupIngress');
    expect(more).toEqual([]);
    expect(ingress).toMatchObject({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 });
    expect(JSON.stringify(ingress?.SourceSecurityGroupId)).toContain('NetworkTasks');
    expect(JSON.stringify(ingress?.GroupId)).toContain('EndpointsGroup');
    const ports = properties('AWS::EC2::SecurityGroup').map(({ SecurityGroupEgress }) => SecurityGroupEgress);
    expect(ports).toContainEqual([expect.objectContaining({ FromPort: 443, ToPort: 443 })]);
    expect(JSON.stringify(ports)).not.toContain(':80,');
  });

  it('has endpoints for images, files, logs and the broker, each with a policy', () => {
    const endpoints = properties('AWS::EC2::VPCEndpoint');
    expect(
      endpoints.map(({ ServiceName }) => text.parse(ServiceName).split('.').slice(3).join('.')).sort(),
    ).toEqual(['ecr.api', 'ecr.dkr', 'execute-api', 'logs', 's3']);
    for (const { PolicyDocument } of endpoints) expect(PolicyDocument).toBeDefined();
  });

  it('leads to the broker through its own API, and to no other API', () => {
    const [{ EndpointConfiguration } = {}] = properties('AWS::ApiGateway::RestApi');
    expect(EndpointConfiguration).toEqual({ Types: ['PRIVATE'] });
    const methods = properties('AWS::ApiGateway::Method').map(({ HttpMethod, Integration }) => {
      const { Uri } = z.object({ Uri: text }).parse(Integration);
      return `${HttpMethod} ${Uri.slice(arn('GatewayApi').length)}`;
    });
    expect(methods.sort()).toEqual(
      brokerRoutes.map(({ methods: [method], pattern }) => `${method} /flowserv/api/v1/${pattern}`).sort(),
    );
    const outputs = z.record(z.string(), z.object({ Value: z.unknown() })).parse(template.toJSON().Outputs);
    expect(text.parse(outputs.FlowservBrokerUrl?.Value)).toBe(
      'https://EndpointsPrivateBrokerApi.execute-api.eu-central-1.amazonaws.com/steps',
    );
    // By it `verify:aws` finds the gateway: the broker has another address.
    expect(text.parse(outputs.FlowservGatewayUrl?.Value)).toBe(`${arn('GatewayApi')}/flowserv/api/v1`);
  });

  it('resolves only the names of its endpoints, so that no lookup carries data out', () => {
    const lists = properties('AWS::Route53Resolver::FirewallDomainList').map(({ Domains }) =>
      texts.parse(Domains),
    );
    expect(lists).toContainEqual(['*']);
    expect(lists.find((list) => list.length > 1)).toEqual([
      'api.ecr.eu-central-1.amazonaws.com',
      '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
      'logs.eu-central-1.amazonaws.com',
      'EndpointsPrivateBrokerApi.execute-api.eu-central-1.amazonaws.com',
      'DataDataBucket.s3.eu-central-1.amazonaws.com',
      'DataWorkBucket.s3.eu-central-1.amazonaws.com',
      'prod-eu-central-1-starport-layer-bucket.s3.eu-central-1.amazonaws.com',
      'prod-eu-central-1-starport-layer-bucket.s3.amazonaws.com',
    ]);
    const [{ FirewallRules } = {}] = properties('AWS::Route53Resolver::FirewallRuleGroup');
    const rules = z.array(z.object({ Action: z.string(), Priority: z.number() })).parse(FirewallRules);
    const inOrder = rules.toSorted((a, b) => a.Priority - b.Priority).map(({ Action }) => Action);
    expect(inOrder).toEqual(['ALLOW', 'BLOCK']);
    template.resourceCountIs('AWS::Route53Resolver::FirewallRuleGroupAssociation', 1);
  });

  it('has copies of images that only the operator makes, and that do not expire', () => {
    template.resourceCountIs('AWS::ECR::PullThroughCacheRule', 1);
    template.resourceCountIs('AWS::ECR::RepositoryCreationTemplate', 0);
    expect(JSON.stringify(rolePermissions(template).ComputeExecutionRole)).not.toMatch(
      /Import|CreateRepository/,
    );
  });
});

describe('a stage with an isolated network', () => {
  it.each([
    [{}, /stagingImage: .*set 'imageCaches' for public\.ecr\.aws\/docker\/library\/node/],
    [{ ...ISOLATED, registryLogins: { 'ghcr.io': { secretArn: secret() } } }, /registryLogins: remove it/],
  ])('rejects settings that need the internet: %j', (given, message) => {
    expect(() => stageOf('dev', { ...given, network: 'isolated' })).toThrow(message);
  });

  it('rejects an image that no step could pull, and refers to the operator', () => {
    const ecr = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
    const config = readConfig({
      FLOWSERV_NETWORK: 'isolated',
      FLOWSERV_IMAGE_SOURCES: `public.ecr.aws=${ecr}/flowserv-test/ecr`,
    });
    const check = (reference: string) => () => checkReachable(config, { reference, own: true });
    expect(check('public.ecr.aws/docker/library/python:3.12')).not.toThrow();
    expect(check(`${ecr}/benchmarks/scorer:1`)).not.toThrow();
    expect(check('python:3.12')).toThrow(/'python:3\.12' cannot be reached here.*ask its operator/);
    expect(() => checkReachable(readConfig({}), { reference: 'python:3.12', own: true })).not.toThrow();
  });
});

function secret(): string {
  return 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:registry/lab-AbCdEf';
}
