/** A name that a template fixes, and that must be unique. */
export interface WantedName {
  readonly logicalId: string;
  readonly type: string;
  /** Common name of the type. */
  readonly kind: string;
  readonly name: string;
  /** Identifier of the resource in Cloud Control; undefined if it is an id that only a list contains. */
  readonly identifier: string | undefined;
  /** Command that deletes it, or shows how it can be deleted; without the region. */
  readonly removal: string;
}

/** Where a template is deployed. */
interface Target {
  readonly account: string;
  readonly region: string;
}

interface NamedType {
  readonly kind: string;
  readonly property: readonly string[];
  /** Primary identifier of the type's schema (CloudFormation registry); by default the name. */
  readonly identifier?: (name: string, target: Target) => string | undefined;
  readonly removal: (name: string, target: Target) => string;
}

/** The types whose resources get fixed names from the template. */
const namedTypes: Readonly<Record<string, NamedType>> = {
  'AWS::Logs::LogGroup': {
    kind: 'log group',
    property: ['LogGroupName'],
    removal: (name) => `aws logs delete-log-group --log-group-name ${name}`,
  },
  'AWS::Lambda::Function': {
    kind: 'function',
    property: ['FunctionName'],
    removal: (name) => `aws lambda delete-function --function-name ${name}`,
  },
  'AWS::SQS::Queue': {
    kind: 'queue',
    property: ['QueueName'],
    identifier: (name, target) => queueUrl(name, target),
    removal: (name, target) => `aws sqs delete-queue --queue-url ${queueUrl(name, target)}`,
  },
  'AWS::ECS::Cluster': {
    kind: 'cluster',
    property: ['ClusterName'],
    removal: (name) => `aws ecs delete-cluster --cluster ${name}`,
  },
  'AWS::IAM::ManagedPolicy': {
    kind: 'policy',
    property: ['ManagedPolicyName'],
    identifier: (name, { account }) => policyArn(name, account),
    removal: (name, { account }) => `aws iam delete-policy --policy-arn ${policyArn(name, account)}`,
  },
  'AWS::CloudWatch::Dashboard': {
    kind: 'dashboard',
    property: ['DashboardName'],
    removal: (name) => `aws cloudwatch delete-dashboards --dashboard-names ${name}`,
  },
  'AWS::ECR::PullThroughCacheRule': {
    kind: 'rule for copies of images',
    property: ['EcrRepositoryPrefix'],
    removal: (name) => `aws ecr delete-pull-through-cache-rule --ecr-repository-prefix ${name}`,
  },
  'AWS::ECR::RepositoryCreationTemplate': {
    kind: 'template for copies of images',
    property: ['Prefix'],
    removal: (name) => `aws ecr delete-repository-creation-template --prefix ${name}`,
  },
  'AWS::CloudFront::Function': {
    kind: 'function of CloudFront',
    property: ['Name'],
    identifier: (name, { account }) => `arn:aws:cloudfront::${account}:function/${name}`,
    removal: (name) =>
      `aws cloudfront delete-function --name ${name} --if-match "$(aws cloudfront describe-function --name ${name} --query ETag --output text)"`,
  },
  'AWS::CloudFront::ResponseHeadersPolicy': {
    kind: 'response headers policy',
    property: ['ResponseHeadersPolicyConfig', 'Name'],
    identifier: () => undefined,
    // Its id and version have to be looked up first.
    removal: () => 'aws cloudfront list-response-headers-policies --type custom',
  },
};

const queueUrl = (name: string, { account, region }: Target) =>
  `https://sqs.${region}.amazonaws.com/${account}/${name}`;
const policyArn = (name: string, account: string) => `arn:aws:iam::${account}:policy/${name}`;

/** The parts of a template that determine names. */
export interface NamedResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>> | undefined;
}

/** Returns the names that a template fixes. */
export function wantedNames(
  resources: Readonly<Record<string, NamedResource>>,
  target: Target,
): WantedName[] {
  return Object.entries(resources).flatMap(([logicalId, { Type: type, Properties }]) => {
    const named = namedTypes[type];
    const given = named && nameIn(Properties, named.property);
    if (given === undefined || !named) return [];
    const name = textOf(given, target);
    if (name === undefined) return [];
    const identifier = named.identifier ? named.identifier(name, target) : name;
    const removal = named.removal(name, target);
    return [{ logicalId, type, kind: named.kind, name, identifier, removal }];
  });
}

/** The value of a name in the properties of a resource. */
export const nameIn = (properties: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => Object(value)[key], properties);

/** A text of a template, which may contain the region. */
function textOf(value: unknown, { account, region }: Target): string | undefined {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::Join': join } = Object(value);
  if (Ref === 'AWS::Region') return region;
  if (Ref === 'AWS::AccountId') return account;
  if (!Array.isArray(join) || !Array.isArray(join[1])) return undefined;
  const parts = join[1].map((part: unknown) => textOf(part, { account, region }));
  return parts.includes(undefined) ? undefined : parts.join(String(join[0]));
}
