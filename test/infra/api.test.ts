import { Script } from 'node:vm';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { cors, gatewayRoutes } from '../../shared/api/gateway-routes.ts';
import { resourcesOf, templateOf } from './synthesised.ts';

const template = templateOf('test', { requestRate: 20, requestBurst: 40 });

describe('HTTP API', () => {
  it('has the routes of the local gateway', () => {
    const keys = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(
      ({ Properties }) => Properties.RouteKey,
    );
    const wanted = gatewayRoutes('/flowserv/api/v1').map(({ routeKey }) => routeKey);
    expect(keys.toSorted()).toEqual(wanted.toSorted());
  });

  it('has the CORS configuration of the local gateway', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: [...cors.allowOrigins],
        AllowMethods: [...cors.allowMethods],
        AllowHeaders: [...cors.allowHeaders],
        ExposeHeaders: [...cors.exposeHeaders],
        MaxAge: cors.maxAge,
      },
    });
  });

  it('is throttled, and logs requests without their paths', () => {
    const [stage] = resourcesOf(template, 'AWS::ApiGatewayV2::Stage');
    expect(stage?.Properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
    });
    const { Format } = Object(stage?.Properties.AccessLogSettings);
    expect(Object.values(JSON.parse(Format))).toContain('$context.routeKey');
    expect(Format).not.toMatch(/context\.(path|resourcePath)/);
  });

  it('has lower limits for account routes and higher ones for tasks, on routes that exist before their limits', () => {
    const stages = resourcesOf(template, 'AWS::ApiGatewayV2::Stage');
    const settings = Object(stages[0]?.Properties.RouteSettings);
    const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route');
    const limited = gatewayRoutes('/flowserv/api/v1').filter(({ key }) => /^(users|tokens|steps):/.test(key));
    expect(Object.keys(settings).sort()).toEqual(limited.map(({ routeKey }) => routeKey).sort());
    const expensive = { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 };
    for (const path of ['login', 'register', 'delete', 'activate', 'password/request', 'password/reset']) {
      expect(settings[`POST /flowserv/api/v1/users/${path}`]).toEqual(expensive);
    }
    const tasks = { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 };
    for (const path of ['inputs', 'uploads']) {
      expect(settings[`POST /flowserv/api/v1/internal/steps/${path}`]).toEqual(tasks);
    }
    const { DependsOn } = Object(Object(template.toJSON().Resources)[stages[0]?.id ?? '']);
    expect(DependsOn).toEqual(expect.arrayContaining(routes.map(({ id }) => id)));
    const slow = resourcesOf(
      templateOf('test', { requestRate: 4, requestBurst: 5 }),
      'AWS::ApiGatewayV2::Stage',
    );
    expect(Object(slow[0]?.Properties.RouteSettings)['POST /flowserv/api/v1/users/login']).toEqual({
      ThrottlingRateLimit: 4,
      ThrottlingBurstLimit: 5,
    });
  });

  it('is behind CloudFront, which caches no response and no error', () => {
    const [distribution] = resourcesOf(template, 'AWS::CloudFront::Distribution');
    const config = Object(distribution?.Properties.DistributionConfig);
    // AWS's managed policies: CachingDisabled and AllViewerExceptHostHeader.
    expect(config.DefaultCacheBehavior).toMatchObject({
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
      OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
      ViewerProtocolPolicy: 'https-only',
    });
    expect(config.CustomErrorResponses).toContainEqual({ ErrorCode: 403, ErrorCachingMinTTL: 0 });
    expect(config.CustomErrorResponses).toContainEqual({ ErrorCode: 503, ErrorCachingMinTTL: 0 });
    const [condition, logging, none] = config.Logging['Fn::If'];
    const regions = JSON.stringify(Object(template.toJSON().Conditions)[condition]);
    expect(regions).toContain('"eu-central-1"');
    expect(regions).not.toContain('"ap-southeast-3"');
    expect(logging).toEqual({ Bucket: expect.anything(), Prefix: 'cloudfront/' });
    expect(none).toEqual({ Ref: 'AWS::NoValue' });
    expect(config.Origins).toMatchObject([{ CustomOriginConfig: { OriginProtocolPolicy: 'https-only' } }]);
  });

  it('puts the region into names that are unique in the account, so a stage can be in two regions', () => {
    const region = { 'Fn::Join': ['', ['flowserv-test-', { Ref: 'AWS::Region' }, expect.any(String)]] };
    const [headers] = resourcesOf(template, 'AWS::CloudFront::ResponseHeadersPolicy');
    expect(Object(headers?.Properties.ResponseHeadersPolicyConfig).Name).toEqual(region);
    const [code] = resourcesOf(template, 'AWS::CloudFront::Function');
    expect(code?.Properties.Name).toEqual(region);
  });

  it("gets the viewer's address from CloudFront, with a secret that is in no template", () => {
    const [distribution] = resourcesOf(template, 'AWS::CloudFront::Distribution');
    const { Origins, DefaultCacheBehavior } = Object(distribution?.Properties.DistributionConfig);
    const [header] = Origins[0].OriginCustomHeaders;
    const [secret] = resourcesOf(template, 'AWS::SecretsManager::Secret');
    expect(secret?.Properties).toMatchObject({ GenerateSecretString: { PasswordLength: 48 } });
    const reference = {
      'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: secret?.id }, ':SecretString:::}}']],
    };
    expect(header).toEqual({ HeaderName: 'x-flowserv-edge', HeaderValue: reference });
    const auth = resourcesOf(template, 'AWS::Lambda::Function').find(
      ({ Properties }) => Properties.FunctionName === 'flowserv-test-auth',
    );
    expect(Object(auth?.Properties.Environment).Variables.FLOWSERV_EDGE_KEY).toEqual(reference);

    const [code] = resourcesOf(template, 'AWS::CloudFront::Function');
    expect(DefaultCacheBehavior.FunctionAssociations).toEqual([
      { EventType: 'viewer-request', FunctionARN: { 'Fn::GetAtt': [code?.id, 'FunctionARN'] } },
    ]);
    const handler = new Script(`${code?.Properties.FunctionCode}; handler`).runInNewContext();
    const forged = { 'x-flowserv-viewer': { value: '10.0.0.1' }, accept: { value: '*/*' } };
    expect(handler({ viewer: { ip: '203.0.113.5' }, request: { headers: forged } }).headers).toEqual({
      accept: { value: '*/*' },
      'x-flowserv-viewer': { value: '203.0.113.5' },
    });
  });

  it('is the gateway alone if the account cannot use CloudFront', () => {
    const bare = templateOf('test', { cloudFront: false });
    for (const type of ['Distribution', 'Function', 'ResponseHeadersPolicy']) {
      expect(resourcesOf(bare, `AWS::CloudFront::${type}`)).toEqual([]);
    }
    expect(resourcesOf(bare, 'AWS::SecretsManager::Secret')).toEqual([]);
    const [api] = resourcesOf(bare, 'AWS::ApiGatewayV2::Api');
    const name = [{ Ref: api?.id }, '.execute-api.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }];
    bare.hasOutput('FlowservApiHost', { Value: { 'Fn::Join': ['', name] } });
  });

  it('takes a custom domain and a web ACL from the settings', () => {
    const certificateArn =
      'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555';
    const webAclArn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/people/0a1b';
    const named = templateOf('test', { domain: { name: 'bench.example.org', certificateArn }, webAclArn });
    named.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({
        Aliases: ['bench.example.org'],
        ViewerCertificate: Match.objectLike({
          AcmCertificateArn: certificateArn,
          MinimumProtocolVersion: 'TLSv1.2_2021',
        }),
        WebACLId: webAclArn,
      }),
    });
    named.hasOutput('FlowservApiHost', { Value: 'bench.example.org' });
  });
});
