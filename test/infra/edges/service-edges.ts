import * as z from 'zod';
import type { Deployed } from '../deployed.ts';
import { type Edge, from, ofThisAccountOnly, prefixOf, withoutTls } from './edge.ts';

/** Calls of AWS services to the stack's resources without a role of the stack: the policies of the resources decide. */
export function serviceEdges(deployed: Deployed): Edge[] {
  return [
    ...gatewayEdges(deployed),
    ...ruleEdges(deployed),
    ...alarmEdges(deployed),
    ...logBucketEdges(deployed),
    ...trustEdges(deployed),
    ...insecureEdges(deployed),
  ];
}

const allowed = (edge: Omit<Edge, 'decision'>): Edge => ({ ...edge, decision: 'allowed' });

/**
 * Calls of API Gateway to functions. The source ARN of the route `$default` has three parts, that of other routes four
 * (API Gateway, "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway").
 */
function gatewayEdges(deployed: Deployed): Edge[] {
  const { ofType, region, account } = deployed;
  const integrations = new Map(
    ofType('AWS::ApiGatewayV2::Integration').map(({ id, properties }) => [
      id,
      z.string().parse(properties.IntegrationUri),
    ]),
  );
  const route = z.object({ RouteKey: z.string(), Target: z.string(), ApiId: z.string() });
  return ofType('AWS::ApiGatewayV2::Route').flatMap(({ properties }) => {
    const { RouteKey, Target, ApiId } = route.parse(properties);
    const [method = '', path = ''] = RouteKey.split(' ');
    const source = `arn:aws:execute-api:${region}:${account}:${ApiId}/$default/${method}${path}`;
    return ofThisAccountOnly(
      allowed({
        name: `the gateway calls the function of ${RouteKey}`,
        principal: 'apigateway.amazonaws.com',
        action: 'lambda:InvokeFunction',
        resource: integrations.get(Target.replace('integrations/', '')) ?? '',
        context: from(deployed, source),
      }),
    );
  });
}

const targets = z.array(
  z.object({ Arn: z.string(), DeadLetterConfig: z.object({ Arn: z.string() }).optional() }),
);

/**
 * EventBridge calls functions and sends messages as their policies permit (EventBridge, "Using resource-based
 * policies").
 */
function ruleEdges(deployed: Deployed): Edge[] {
  return deployed.ofType('AWS::Events::Rule').flatMap(({ id, arn = '', properties }) =>
    targets
      .parse(properties.Targets)
      .flatMap(({ Arn, DeadLetterConfig }) => [Arn, ...(DeadLetterConfig ? [DeadLetterConfig.Arn] : [])])
      .flatMap((target) => {
        const toQueue = target.startsWith('arn:aws:sqs:');
        const edge = allowed({
          name: `rule ${id} reaches ${target}`,
          principal: 'events.amazonaws.com',
          action: toQueue ? 'sqs:SendMessage' : 'lambda:InvokeFunction',
          resource: target,
          context: from(deployed, arn),
        });
        return [...ofThisAccountOnly(edge), ...(toQueue ? [withoutTls(edge)] : [])];
      }),
  );
}

/** Messages of alarms to the topic (Amazon SNS, "Allow any CloudWatch alarm in an account to publish"). */
function alarmEdges(deployed: Deployed): Edge[] {
  return deployed.ofType('AWS::CloudWatch::Alarm').flatMap(({ id, arn = '', properties }) => {
    const [topic = '', ...more] = z.array(z.string()).parse(properties.AlarmActions);
    if (more.length > 0) throw new Error(`alarm ${id} has more than one action`);
    const edge = allowed({
      name: `alarm ${id} reaches the topic`,
      principal: 'cloudwatch.amazonaws.com',
      action: 'sns:Publish',
      resource: topic,
      context: from(deployed, arn),
    });
    return [...ofThisAccountOnly(edge), withoutTls(edge)];
  });
}

const logging = z.object({ DestinationBucketName: z.string(), LogFilePrefix: z.string() }).optional();

/**
 * S3 writes access logs as the policy of the bucket permits (Amazon S3, "Enabling Amazon S3 server access logging").
 * CloudFront writes its own logs as an access control list permits, so no policy has to allow them.
 */
function logBucketEdges(deployed: Deployed): Edge[] {
  return deployed.ofType('AWS::S3::Bucket').flatMap(({ id, arn = '', properties }) => {
    const to = logging.parse(properties.LoggingConfiguration);
    if (!to) return [];
    const edge = allowed({
      name: `bucket ${id} is logged`,
      principal: 'logging.s3.amazonaws.com',
      action: 's3:PutObject',
      resource: `arn:aws:s3:::${to.DestinationBucketName}/${to.LogFilePrefix}2026-01-01-00-00-00-0123456789ABCDEF`,
      context: from(deployed, arn),
    });
    const elsewhere = { ...edge, resource: edge.resource.replace(to.LogFilePrefix, 'cloudfront/') };
    return [
      ...ofThisAccountOnly(edge),
      withoutTls(edge),
      { ...elsewhere, name: `${edge.name}, among the logs of others`, decision: 'not allowed' },
      // The policy must not deny it either: that would stop CloudFront's logs.
      {
        ...elsewhere,
        name: 'CloudFront is logged',
        principal: 'cloudfront.amazonaws.com',
        decision: 'not allowed',
      },
    ];
  });
}

/** Which service may assume each role, and for which source. */
function trustEdges(deployed: Deployed): Edge[] {
  const { ofType, region, account } = deployed;
  const functions = ofType('AWS::Lambda::Function').map(({ id, arn = '', properties }) => ({
    name: `function ${id}`,
    role: z.string().parse(properties.Role),
    principal: 'lambda.amazonaws.com',
    source: arn,
  }));
  const others = ofType('AWS::IAM::Role').flatMap(({ id, arn: role = '' }) => {
    const [name, principal, source] = OTHER_ROLES.find(([, , , pattern]) => pattern.test(id)) ?? [];
    if (name === undefined || principal === undefined || source === undefined) return [];
    const location = `${region}:${account}`;
    return [
      {
        name,
        role,
        principal,
        source: source.replace('{location}', location).replace('{prefix}', prefixOf(deployed)),
      },
    ];
  });
  return [...functions, ...others].flatMap(({ name, role, principal, source }) => {
    const edge = allowed({
      name: `${name} assumes its role`,
      principal,
      action: 'sts:AssumeRole',
      resource: role,
      context: from(deployed, source),
    });
    const stranger = { ...edge, name: `EC2 assumes the role of ${name}`, principal: 'ec2.amazonaws.com' };
    const own: Edge[] = [edge, { ...stranger, decision: 'not allowed' }];
    // State machines are created at run time, with a name of the stage: the role has to name the stage.
    return principal === 'states.amazonaws.com' ? [...own, ...ofThisAccountOnly(edge).slice(1)] : own;
  });
}

const OTHER_ROLES = [
  [
    'state machine',
    'states.amazonaws.com',
    'arn:aws:states:{location}:stateMachine:{prefix}0a1b',
    /^MachineRole/,
  ],
  ['task', 'ecs-tasks.amazonaws.com', 'arn:aws:ecs:{location}:*', /^ComputeExecutionRole/],
  [
    'flow log',
    'vpc-flow-logs.amazonaws.com',
    'arn:aws:ec2:{location}:vpc-flow-log/fl-0a1b',
    /^NetworkVpcAllIAMRole/,
  ],
] as const;

/** No caller can access a queue or a bucket without TLS, not even an administrator. */
function insecureEdges({ ofType, account }: Deployed): Edge[] {
  const asked = { 'AWS::SQS::Queue': 'sqs:ReceiveMessage', 'AWS::S3::Bucket': 's3:ListBucket' };
  return Object.entries(asked).flatMap(([type, action]) =>
    ofType(type).map(({ id, arn = '' }) => ({
      name: `an operator accesses ${id} without TLS`,
      principal: `arn:aws:iam::${account}:role/operator`,
      action,
      resource: arn,
      context: { 'aws:SecureTransport': ['false'] },
      decision: 'denied',
    })),
  );
}
