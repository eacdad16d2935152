import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { resourcesOf } from './synthesised.ts';

/** The imagined account and region of a template. */
export interface Target {
  readonly region: string;
  readonly account: string;
  /** Names of resources that CloudFormation would generate, by logical id without its digest. */
  readonly names?: Readonly<Record<string, string>>;
}

/** One resource with every reference in its properties resolved. */
export interface DeployedResource {
  readonly id: string;
  readonly type: string;
  readonly arn: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** ARNs by type (Service Authorization Reference, "Resource types"), and the value of `Ref` if it is not the name. */
const types: Readonly<Record<string, { name?: string; arn: string; ref?: string }>> = {
  'AWS::ApiGatewayV2::Api': { arn: 'arn:aws:apigateway:{region}::/apis/{name}' },
  'AWS::CloudFront::Distribution': { arn: 'arn:aws:cloudfront::{account}:distribution/{name}' },
  'AWS::CloudWatch::Alarm': { name: 'AlarmName', arn: 'arn:aws:cloudwatch:{region}:{account}:alarm:{name}' },
  'AWS::DynamoDB::GlobalTable': {
    name: 'TableName',
    arn: 'arn:aws:dynamodb:{region}:{account}:table/{name}',
  },
  'AWS::EC2::FlowLog': { arn: 'arn:aws:ec2:{region}:{account}:vpc-flow-log/{name}' },
  'AWS::EC2::VPCEndpoint': { arn: 'arn:aws:ec2:{region}:{account}:vpc-endpoint/{name}' },
  'AWS::ECS::Cluster': { name: 'ClusterName', arn: 'arn:aws:ecs:{region}:{account}:cluster/{name}' },
  'AWS::Events::Rule': { name: 'Name', arn: 'arn:aws:events:{region}:{account}:rule/{name}' },
  'AWS::IAM::InstanceProfile': { arn: 'arn:aws:iam::{account}:instance-profile/{name}' },
  'AWS::IAM::Role': { name: 'RoleName', arn: 'arn:aws:iam::{account}:role/{name}' },
  'AWS::Lambda::Function': { name: 'FunctionName', arn: 'arn:aws:lambda:{region}:{account}:function:{name}' },
  'AWS::Logs::LogGroup': { name: 'LogGroupName', arn: 'arn:aws:logs:{region}:{account}:log-group:{name}:*' },
  'AWS::S3::Bucket': { name: 'BucketName', arn: 'arn:aws:s3:::{name}' },
  'AWS::SecretsManager::Secret': {
    arn: 'arn:aws:secretsmanager:{region}:{account}:secret:{name}-a1b2c3',
    ref: 'arn:aws:secretsmanager:{region}:{account}:secret:{name}-a1b2c3',
  },
  'AWS::SNS::Topic': {
    name: 'TopicName',
    arn: 'arn:aws:sns:{region}:{account}:{name}',
    ref: 'arn:aws:sns:{region}:{account}:{name}',
  },
  'AWS::SQS::Queue': {
    name: 'QueueName',
    arn: 'arn:aws:sqs:{region}:{account}:{name}',
    ref: 'https://sqs.{region}.amazonaws.com/{account}/{name}',
  },
};

const ABSENT = Symbol('AWS::NoValue');
const pair = z.tuple([z.string(), z.unknown()]);
const stack = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
  Conditions: z.record(z.string(), z.unknown()).default({}),
});

/**
 * A template as CloudFormation would deploy it: all resources of a type, with their final names.
 *
 * @throws Error for an unsupported function of CloudFormation, when a property with it is read
 */
export function deployed(template: Template, target: Target) {
  const { Resources, Conditions } = stack.parse(template.toJSON());
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::Partition': 'aws',
    'AWS::Region': target.region,
    'AWS::AccountId': target.account,
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackId': `arn:aws:cloudformation:${target.region}:${target.account}:stack/flowserv/0`,
    'AWS::NoValue': ABSENT,
  };

  const nameOf = (id: string): string => {
    const { Type, Properties } = found(id);
    const given =
      target.names?.[id.replace(/[0-9A-F]{8}$/, '')] ?? resolve(Properties[types[Type]?.name ?? '']);
    return typeof given === 'string' ? given : Type === 'AWS::S3::Bucket' ? id.toLowerCase() : id;
  };
  const found = (id: string) => {
    const resource = Resources[id];
    if (!resource) throw new Error(`the template has no resource ${id}`);
    return resource;
  };
  const filled = (pattern: string | undefined, id: string) =>
    pattern
      ?.replace('{region}', target.region)
      .replace('{account}', target.account)
      .replace('{name}', nameOf(id));
  const arnOf = (id: string) => filled(types[found(id).Type]?.arn, id);

  const attribute = ([id, name]: readonly string[]): unknown => {
    if (id === undefined || name === undefined)
      throw new Error('Fn::GetAtt takes a resource and an attribute');
    if (name === 'ApiEndpoint') return `https://${nameOf(id)}.execute-api.${target.region}.amazonaws.com`;
    if (name !== 'Arn') return `${nameOf(id)}.${name}`;
    const arn = arnOf(id);
    if (arn === undefined) throw new Error(`the ARNs of ${found(id).Type} are not supported here`);
    return arn;
  };
  const functions: Readonly<Record<string, (value: unknown) => unknown>> = {
    Ref: (id) => {
      const key = z.string().parse(id);
      return key in pseudo ? pseudo[key] : (filled(types[found(key).Type]?.ref, key) ?? nameOf(key));
    },
    'Fn::GetAtt': (value) => attribute(z.array(z.string()).parse(value)),
    'Fn::Join': (value) => {
      const [separator, parts] = z.tuple([z.string(), z.array(z.unknown())]).parse(value);
      return parts.map(resolve).join(separator);
    },
    'Fn::Sub': (value) =>
      z
        .string()
        .parse(value)
        .replace(/\$\{([^}]+)\}/g, (_, id) => `${resolve({ Ref: id })}`),
    'Fn::Base64': (value) => Buffer.from(String(resolve(value))).toString('base64'),
    'Fn::GetAZs': () => ['a', 'b', 'c'].map((zone) => `${target.region}${zone}`),
    'Fn::Select': (value) => {
      const [index, list] = z.tuple([z.coerce.number(), z.unknown()]).parse(value);
      return z.array(z.unknown()).parse(resolve(list))[index];
    },
    'Fn::If': (value) => {
      const [condition, then, otherwise] = z.tuple([z.string(), z.unknown(), z.unknown()]).parse(value);
      return resolve(resolve(Conditions[condition]) === true ? then : otherwise);
    },
    'Fn::Equals': (value) => new Set(z.array(z.unknown()).parse(value).map(resolve)).size === 1,
    'Fn::Or': (value) =>
      z
        .array(z.unknown())
        .parse(value)
        .some((each) => resolve(each) === true),
  };

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve).filter((each) => each !== ABSENT);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = pair.safeParse(entries.length === 1 ? entries[0] : undefined).data ?? [];
    if (name !== undefined && (name === 'Ref' || name.startsWith('Fn::'))) {
      const known = functions[name];
      if (!known) throw new Error(`${name} is not resolved here`);
      return known(argument);
    }
    return Object.fromEntries(
      entries.map(([key, inner]) => [key, resolve(inner)] as const).filter(([, inner]) => inner !== ABSENT),
    );
  }

  const read = (id: string): DeployedResource => ({
    id,
    type: found(id).Type,
    arn: arnOf(id),
    properties: z.record(z.string(), z.unknown()).parse(resolve(found(id).Properties)),
  });
  return {
    ...target,
    all: () => Object.keys(Resources).map(read),
    ofType: (type: string) => resourcesOf(template, type).map(({ id }) => read(id)),
  };
}

export type Deployed = ReturnType<typeof deployed>;
