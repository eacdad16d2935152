import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { readStage, stageOf } from '../../infra/aws/stage.ts';
import { readCdkJson } from './synthesised.ts';

const read = (context: Record<string, unknown>) => readStage(new App({ context }).node);

describe('settings of a stage', () => {
  it('are safe by themselves: data is kept, results are for members, few runs at a time', () => {
    expect(read({ stage: 'spring2027' })).toEqual({
      name: 'spring2027',
      production: true,
      protected: false,
      cloudFront: true,
      allowedOrigins: ['*'],
      capacity: 6,
      readAccess: 'members',
      uploadLimit: 5_368_709_120,
      quotas: {
        activeRuns: 10,
        runsPerDay: 100,
        vcpuSecondsPerDay: 86_400,
        groups: 20,
        bytes: 21_474_836_480,
      },
      requestRate: 50,
      reservedConcurrency: {},
      signUp: 'approval',
      requestBurst: 100,
      logDays: 30,
      stagingImage: 'public.ecr.aws/docker/library/node:24-alpine',
      imageRepositories: [],
    });
  });

  it('come from cdk.json, where dev is the only stage that may be lost', () => {
    const { context } = readCdkJson();
    expect(read(context)).toMatchObject({ name: 'dev', production: false });
    expect(read({ ...context, stage: 'prod' })).toMatchObject({ name: 'prod', production: true });
  });

  it.each(['Prod', 'a-b', '', 'seventeen1letters', 7])('do not take %j for the name of a stage', (stage) => {
    expect(() => read({ stage })).toThrow('unusable stage');
  });

  it('name every mistake', () => {
    const mistakes = { capacity: 0, readAcces: 'public', domain: { name: 'bench.example.org' } };
    expect(() => stageOf('dev', mistakes)).toThrow(/capacity: .*domain\.certificateArn: .*readAcces/);
  });

  it('have no place for a name of its own or a web ACL where there is no CloudFront', () => {
    const webAclArn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/people/0a1b';
    expect(() => stageOf('dev', { cloudFront: false, webAclArn })).toThrow('leave them out');
  });

  it('take a certificate from us-east-1 only, where CloudFront looks for it', () => {
    const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b';
    expect(() => stageOf('dev', { domain: { name: 'bench.example.org', certificateArn } })).toThrow(
      'domain.certificateArn',
    );
  });
});
