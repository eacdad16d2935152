import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { allows, type Statement } from '../permissions/policy.ts';
import { resourcesOf, templateOf } from './synthesised.ts';

/**
 * What AWS's services do to each other's resources: no role of ours is asked there, but the policy of the resource.
 * References become names of their own, so that a policy and a caller mean the same resource when they refer to it.
 */
const template = templateOf('test', { alarmEmail: 'operator@example.org' });

const ARN = (id: string) => `arn:aws:resource:eu-central-1:123456789012:${id}`;
const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '123456789012',
};
const reference = z.union([
  z.string(),
  z.object({ Ref: z.string() }).transform(({ Ref }) => pseudo[Ref] ?? Ref),
  z
    .object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })
    .transform(({ 'Fn::GetAtt': [id] }) => ARN(id)),
]);
const text = z.union([
  reference,
  z
    .object({ 'Fn::Join': z.tuple([z.literal(''), z.array(reference)]) })
    .transform(({ 'Fn::Join': [, parts] }) => parts.join('')),
]);
const many = <T extends z.ZodType>(one: T) => z.union([z.array(one), one.transform((value) => [value])]);

const statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: many(z.string()),
  Principal: z.union([z.string(), z.record(z.string(), many(text))]),
  Resource: many(text),
  Condition: z.record(z.string(), z.record(z.string(), many(text))).default({}),
});

/** Statements about a service, as the policy of a resource has them; `Bool` conditions become texts. */
function statementsFor(service: string, document: unknown): Statement[] {
  const statements = z.object({ Statement: z.array(statement) }).parse(document).Statement;
  const about = ({ Principal }: (typeof statements)[number]) =>
    typeof Principal === 'string' ||
    [Principal.AWS, Principal.Service].some((names) =>
      names?.some((name) => name === '*' || name === service),
    );
  return statements.filter(about).map(({ Effect, Action, Resource, Condition }) => ({
    effect: Effect,
    actions: Action,
    resources: Resource,
    conditions: Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({
        operator: operator === 'Bool' ? 'StringEquals' : operator,
        key,
        values,
      })),
    ),
  }));
}

const context = (sourceArn: string) => ({
  'aws:SourceArn': [sourceArn],
  'aws:SourceAccount': ['123456789012'],
  'aws:SecureTransport': ['true'],
});

/** Whether one service may do something to what another's policy guards. */
function mayDo(service: string, action: string, resource: string, sourceArn: string, policies: unknown[]) {
  const statements = policies.flatMap((document) => statementsFor(service, document));
  return allows(statements, { action, resource, context: context(sourceArn) });
}

const permission = z.object({
  Action: z.string(),
  FunctionName: text,
  Principal: z.string(),
  SourceArn: text,
});

/** The permissions of functions as the policies that Lambda makes of them. */
const functionPolicies = resourcesOf(template, 'AWS::Lambda::Permission').map(({ Properties }) => {
  const { Action, FunctionName, Principal, SourceArn } = permission.parse(Properties);
  return {
    Statement: [
      {
        Effect: 'Allow',
        Action,
        Resource: FunctionName,
        Principal: { Service: Principal },
        Condition: { ArnLike: { 'aws:SourceArn': SourceArn } },
      },
    ],
  };
});
const policiesOf = (type: string) =>
  resourcesOf(template, type).map(({ Properties }) => Properties.PolicyDocument);

describe('policies between services', () => {
  const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(({ Properties }) =>
    z.object({ RouteKey: z.string(), Target: z.unknown() }).parse(Properties),
  );
  const integrations = new Map(
    resourcesOf(template, 'AWS::ApiGatewayV2::Integration').map(({ id, Properties }) => [
      id,
      text.parse(Properties.IntegrationUri),
    ]),
  );
  const [api] = resourcesOf(template, 'AWS::ApiGatewayV2::Api');

  it('let the gateway call the function of every route, `$default` too', () => {
    for (const { RouteKey, Target } of routes) {
      const called = integrations.get(text.parse(Target).replace('integrations/', '')) ?? '';
      const [method = '', path = ''] = RouteKey.split(' ');
      const source = `arn:aws:execute-api:eu-central-1:123456789012:${api?.id}/$default/${method}${path}`;
      const may = mayDo(
        'apigateway.amazonaws.com',
        'lambda:InvokeFunction',
        called,
        source,
        functionPolicies,
      );
      expect(may, RouteKey).toBe(true);
    }
    const foreign = 'arn:aws:execute-api:eu-central-1:123456789012:other/$default/$default';
    const anyFunction = integrations.values().next().value ?? '';
    expect(
      mayDo('apigateway.amazonaws.com', 'lambda:InvokeFunction', anyFunction, foreign, functionPolicies),
    ).toBe(false);
  });

  it('let the rules of EventBridge call their functions and fill their queues and dead letters', () => {
    const targets = resourcesOf(template, 'AWS::Events::Rule').flatMap(({ id, Properties }) =>
      z
        .array(z.object({ Arn: text, DeadLetterConfig: z.object({ Arn: text }).optional() }))
        .parse(Properties.Targets)
        .flatMap(({ Arn, DeadLetterConfig }) => [Arn, ...(DeadLetterConfig ? [DeadLetterConfig.Arn] : [])])
        .map((target) => ({ rule: ARN(id), target })),
    );
    expect(targets).toHaveLength(4);
    const policies = [...functionPolicies, ...policiesOf('AWS::SQS::QueuePolicy')];
    for (const { rule, target } of targets) {
      const action = target.includes('Queues') ? 'sqs:SendMessage' : 'lambda:InvokeFunction';
      expect(mayDo('events.amazonaws.com', action, target, rule, policies), target).toBe(true);
    }
  });

  it('let each alarm reach the topic, and no alarm of another account', () => {
    const policies = policiesOf('AWS::SNS::TopicPolicy');
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm');
    const topics = new Set(alarms.flatMap(({ Properties }) => z.array(text).parse(Properties.AlarmActions)));
    expect(topics.size).toBe(1);
    const [topic = ''] = topics;
    const publish = (source: string) =>
      mayDo('cloudwatch.amazonaws.com', 'sns:Publish', topic, source, policies);
    for (const { id } of alarms) {
      expect(publish(`arn:aws:cloudwatch:eu-central-1:123456789012:alarm:${id}`), id).toBe(true);
    }
    expect(publish('arn:aws:cloudwatch:eu-central-1:999999999999:alarm:other')).toBe(false);
  });
});
