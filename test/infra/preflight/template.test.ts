import { beforeAll, describe, expect, it } from 'vitest';
import { stageOf } from '../../../infra/aws/stage.ts';
import { type StageTemplate, templateOfStage } from '../../../infra/preflight/template.ts';
import { wantedNames } from '../../../infra/preflight/wanted-names.ts';
import { ALL_SETTINGS, ISOLATED } from '../all-settings.ts';

/**
 * Types of resources whose names need not be unique, or belong to another resource of the stack. Alarms are always
 * deleted with their stack, and looking up each of them would make Cloud Control throttle the other checks.
 */
const NEVER_TAKEN = new Set([
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGatewayV2::Api',
  'AWS::CloudWatch::Alarm',
  'AWS::IAM::Policy',
  'AWS::Route53Resolver::FirewallRuleGroup',
  'AWS::SNS::Topic',
]);

describe('what the preflight reads from the template', () => {
  let template: StageTemplate;
  let isolated: StageTemplate;
  beforeAll(() => {
    template = templateOfStage(stageOf('test', ALL_SETTINGS));
    isolated = templateOfStage(stageOf('test', ISOLATED));
  });

  it('includes the version of the bootstrap stack that CDK requires, and the parameter with it', () => {
    expect(template.bootstrap).toEqual({ parameter: '/cdk-bootstrap/hnb659fds/version', version: 6 });
  });

  it.each([
    ['every setting', () => template],
    ['an isolated network', () => isolated],
  ])('includes every name of a stage with %s that contains the name of the stage', (_, made) => {
    const { resources } = made();
    const known = wantedNames(resources, { account: '123456789012', region: 'eu-central-1' });
    const ids = new Set(known.map(({ logicalId }) => logicalId));
    const named = Object.entries(resources).filter(([, { Type, Properties = {} }]) => {
      const names = Object.entries({ ...Properties, ...Object(Properties.ResponseHeadersPolicyConfig) })
        .filter(([key]) => /(Name|Prefix)$/.test(key))
        .map(([, value]) => JSON.stringify(value));
      return !NEVER_TAKEN.has(Type) && names.some((name) => /flowserv[-/]test/.test(name));
    });

    expect(named.filter(([id]) => !ids.has(id)).map(([id, { Type }]) => `${Type} ${id}`)).toEqual([]);
    expect(known.length).toBeGreaterThan(30);
  });

  it("includes the primary identifiers of CloudFormation's registry", () => {
    const target = { account: '123456789012', region: 'eu-central-1' };
    const identifiers = new Map(
      wantedNames(template.resources, target).map(({ type, name, identifier }) => [
        `${type} ${name}`,
        identifier,
      ]),
    );

    expect(identifiers.get('AWS::CloudFront::Function flowserv-test-eu-central-1-viewer')).toBe(
      'arn:aws:cloudfront::123456789012:function/flowserv-test-eu-central-1-viewer',
    );
    expect(identifiers.get('AWS::SQS::Queue flowserv-test-settle')).toBe(
      'https://sqs.eu-central-1.amazonaws.com/123456789012/flowserv-test-settle',
    );
    expect(identifiers.get('AWS::ECS::Cluster flowserv-test')).toBe('flowserv-test');
    const cache = 'flowserv-test/hub';
    expect(identifiers.get(`AWS::ECR::PullThroughCacheRule ${cache}`)).toBe(cache);
    expect(identifiers.get('AWS::ECR::RepositoryCreationTemplate flowserv-test')).toBe('flowserv-test');
  });
});
