import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStage, stageOf } from '../../infra/aws/stage.ts';
import example from '../../stages.example.ts';
import { readCdkJson } from './synthesised.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowserv-stages-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** @param text of `stages.ts`; no file if absent */
function read(context: Record<string, unknown>, text?: string) {
  const file = join(folder, 'stages.ts');
  if (text !== undefined) writeFileSync(file, text);
  return readStage(new App({ context }).node, file);
}

describe('settings of a stage', () => {
  it('are safe by default: data is kept, results are for members, few runs at the same time', () => {
    expect(read({ stage: 'spring2027' })).toEqual({
      name: 'spring2027',
      production: true,
      protected: false,
      cloudFront: true,
      allowedOrigins: ['*'],
      capacity: 6,
      steps: {
        default: { cpu: 1, memory: 2048, disk: 21, timeout: 86_400 },
        maximum: { cpu: 4, memory: 30_720, disk: 200, timeout: 86_400 },
      },
      queueAlarmMinutes: 60,
      dashboard: true,
      readAccess: 'members',
      userList: 'members',
      uploadLimit: 5_368_709_120,
      quotas: {
        activeRuns: 10,
        runsPerDay: 100,
        vcpuSecondsPerDay: 86_400,
        groups: 20,
        bytes: 21_474_836_480,
        storedBytesPerDay: 42_949_672_960,
      },
      keptDays: 7,
      maxWaiting: 0,
      requestRate: 50,
      reservedConcurrency: {},
      signUp: 'approval',
      requestBurst: 100,
      logDays: 30,
      stagingImage: 'public.ecr.aws/docker/library/node:24-alpine',
      codeImage: 'public.ecr.aws/docker/library/python:3.12-slim',
      network: 'public',
      architecture: 'X86_64',
      imageMirrors: {},
      imageCaches: {},
      registryLogins: {},
      engines: [],
      volumes: [],
      imageRepositories: [],
    });
  });

  it('come from stages.ts, in the form of stages.example.ts', () => {
    const text = `
      import type { Stages } from './infra/aws/stage-settings.ts';
      export default { prod: { capacity: 20 } } satisfies Stages;
    `;
    expect(read({ stage: 'prod' }, text)).toMatchObject({ name: 'prod', capacity: 20, production: true });
    expect(read({ stage: 'constructor' }, text)).toMatchObject({ capacity: 6 });
    for (const [name, settings] of Object.entries(example)) {
      expect(stageOf(name, settings)).toMatchObject({ name });
    }
  });

  it('keep the data of every stage but dev by default', () => {
    expect(read({}).production).toBe(false);
    expect(read({ stage: 'dev2' }).production).toBe(true);
    expect(stageOf('dev', { production: true }).production).toBe(true);
    expect(stageOf('test', { production: false }).production).toBe(false);
  });

  it('are rejected in the context of cdk.json, with the file to move them to', () => {
    const context = { 'flowserv:stages': { prod: { capacity: 20 } } };
    expect(() => read(context)).toThrow(/no longer read: copy stages\.example\.ts to stages\.ts/);
    expect(readCdkJson().context).not.toHaveProperty('flowserv:stages');
  });

  it.each([
    ['that does not load', 'export default {', 'cannot be loaded: SyntaxError'],
    ['without a default export', 'export const stages = {};', 'as stages.example.ts does, and'],
    ['with an impossible name', "export default { 'my-stage': {} };", 'default.my-stage'],
  ])('are rejected from a stages.ts %s', (_, text, message) => {
    expect(() => read({}, text)).toThrow(message);
  });

  it.each(['Prod', 'a-b', '', 'seventeen1letters', 7])('do not accept %j as the name of a stage', (stage) => {
    expect(() => read({ stage })).toThrow('unusable stage');
  });

  it('report every problem', () => {
    const mistakes = { capacity: 0, readAcces: 'public', domain: { name: 'bench.example.org' } };
    expect(() => stageOf('dev', mistakes)).toThrow(/capacity: .*domain\.certificateArn: .*readAcces/);
    const steps = { default: { cpu: 8, memory: '16 GiB' }, maximum: { memory: '20 GB', disk: 500 } };
    expect(() => stageOf('dev', { steps })).toThrow(
      /steps\.maximum\.disk: .*steps\.default\.cpu: exceeds the maximum of 4 vCPU/s,
    );
    expect(() => stageOf('dev', { steps: { default: { memory: 4 } } })).toThrow(
      "steps.default.memory: must be a number with the unit MB, MiB, GB or GiB, such as '4 GiB'",
    );
  });

  it('support no custom domain and no web ACL without CloudFront', () => {
    const webAclArn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/people/0a1b';
    expect(() => stageOf('dev', { cloudFront: false, webAclArn })).toThrow('remove them');
  });

  it('have no budget without an address for its mail', () => {
    expect(() => stageOf('dev', { monthlyBudget: 50 })).toThrow("needs 'alarmEmail'");
  });

  it('accept only a certificate from us-east-1, where CloudFront looks for it', () => {
    const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b';
    expect(() => stageOf('dev', { domain: { name: 'bench.example.org', certificateArn } })).toThrow(
      'domain.certificateArn',
    );
  });
});
