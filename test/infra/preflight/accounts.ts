import { stackDescription } from '../../../infra/output-names.ts';
import { type Answer, type Answers, queryError, queryResponse } from './fake-account.ts';

/** Responses in the forms of the services' API references; `123456789012` is the account. */

const caller = queryResponse(
  'GetCallerIdentity',
  '<Arn>arn:aws:sts::123456789012:assumed-role/Admin/ada</Arn><UserId>AROA:ada</UserId><Account>123456789012</Account>',
);

/** A stack with logical ids in it, and with outputs. */
export function stackResponses(
  status: string,
  ids: readonly string[] = [],
  isProtected = false,
  outputs: Readonly<Record<string, string>> = {},
  description = stackDescription('dev'),
): Answers {
  const members = ids.map(
    (id) =>
      `<member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${id}-1</PhysicalResourceId><ResourceType>AWS::X::Y</ResourceType><LastUpdatedTimestamp>2026-11-01T00:00:00Z</LastUpdatedTimestamp><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>`,
  );
  const given = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return {
    DescribeStacks: queryResponse(
      'DescribeStacks',
      `<Stacks><member><StackName>flowserv-dev</StackName><Description>${description}</Description><CreationTime>2026-11-01T00:00:00Z</CreationTime><StackStatus>${status}</StackStatus><EnableTerminationProtection>${isProtected}</EnableTerminationProtection><Outputs>${given.join('')}</Outputs></member></Stacks>`,
    ),
    ListStackResources: queryResponse(
      'ListStackResources',
      `<StackResourceSummaries>${members.join('')}</StackResourceSummaries>`,
    ),
  };
}

const noStack = queryError(400, 'ValidationError', 'Stack with id flowserv-dev does not exist');

const quota = (value: number): Answer => ({ body: { Quota: { Value: value } } });
const quotas =
  (fargate: number) =>
  ({ QuotaCode }: Record<string, unknown>): Answer =>
    QuotaCode === 'L-3032A538' ? quota(fargate) : quota(5);

const concurrency = (total: number): Answer => ({
  body: { AccountLimit: { ConcurrentExecutions: total, UnreservedConcurrentExecutions: total } },
});

const described = (properties: object): Answer => ({
  body: { TypeName: 'X', ResourceDescription: { Identifier: 'x', Properties: JSON.stringify(properties) } },
});
const notFound: Answer = {
  status: 400,
  body: {
    __type: 'ResourceNotFoundException',
    Message: "Resource of type 'X' with identifier 'x' was not found.",
  },
};
const listed = (...all: object[]): Answer => ({
  body: {
    TypeName: 'X',
    ResourceDescriptions: all.map((properties, i) => ({
      Identifier: `id-${i}`,
      Properties: JSON.stringify(properties),
    })),
  },
});

/** Resources by type and identifier; all others do not exist. */
const resources =
  (there: Readonly<Record<string, object>>) =>
  ({ TypeName, Identifier }: Record<string, unknown>): Answer => {
    const properties = there[`${TypeName} ${Identifier}`];
    return properties ? described(properties) : notFound;
  };
const lists =
  (there: Readonly<Record<string, readonly object[]>>) =>
  ({ TypeName }: Record<string, unknown>): Answer =>
    listed(...(there[String(TypeName)] ?? []));

const prepared = {
  'AWS::SSM::Parameter /cdk-bootstrap/hnb659fds/version': { Type: 'String', Value: '29' },
  'AWS::IAM::Role AWSServiceRoleForECS': { RoleName: 'AWSServiceRoleForECS' },
};

/** An account that is already in use, without the stage. */
export const goodAccount: Answers = {
  GetCallerIdentity: caller,
  DescribeStacks: noStack,
  GetServiceQuota: quotas(100),
  GetAccountSettings: concurrency(1000),
  GetResource: resources(prepared),
  ListResources: lists({
    'AWS::EC2::VPC': [{ VpcId: 'vpc-1' }],
    'AWS::CloudFront::Distribution': [{ Id: 'E1' }],
  }),
};

/** A new account: nothing is prepared, and its quotas are those of new accounts. */
export const newAccount: Answers = {
  ...goodAccount,
  GetServiceQuota: quotas(4),
  GetAccountSettings: concurrency(10),
  GetResource: resources({}),
  ListResources: lists({ 'AWS::EC2::VPC': [{ VpcId: 'vpc-1' }] }),
};

/** The stage's names, some of which another resource uses. */
export const crowdedAccount: Answers = {
  ...goodAccount,
  GetResource: resources({
    ...prepared,
    'AWS::Logs::LogGroup /flowserv/dev/network': { LogGroupName: '/flowserv/dev/network' },
    'AWS::SQS::Queue https://sqs.eu-central-1.amazonaws.com/123456789012/flowserv-dev-mail': {
      QueueName: 'flowserv-dev-mail',
    },
  }),
  ListResources: lists({
    'AWS::EC2::VPC': Array.from({ length: 5 }, (_, i) => ({ VpcId: `vpc-${i}` })),
    'AWS::CloudFront::Distribution': [{ Id: 'E1' }],
    'AWS::CloudFront::ResponseHeadersPolicy': [
      { Id: 'p1', ResponseHeadersPolicyConfig: { Name: 'flowserv-dev-eu-central-1-headers' } },
    ],
  }),
};
