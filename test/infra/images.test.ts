import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { stageOf } from '../../infra/aws/stage.ts';
import { settingsOf } from '../../infra/output-names.ts';
import { readConfig } from '../../shared/config.ts';
import { normaliseImage } from '../../shared/engine/image-reference.ts';
import { pulledImage } from '../../shared/engine/image-source.ts';
import { ALL_SETTINGS } from './all-settings.ts';
import { rolePermissions } from './role-permissions.ts';
import { resourcesOf, templateOf } from './synthesised.ts';

const template = templateOf('test', ALL_SETTINGS);
const HUB_SECRET = ALL_SETTINGS.imageCaches['docker.io'];
const { secretArn, keyArn } = ALL_SETTINGS.registryLogins['ghcr.io/lab'];
const ECR = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';

const value = z.object({
  Value: z.union([
    z.string(),
    z
      .object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) })
      .transform(({ 'Fn::Join': [, parts] }) => parts.map(textOf).join('')),
    z.unknown().transform(() => 'other'),
  ]),
});
const pseudo: Readonly<Record<string, string>> = {
  'AWS::AccountId': '123456789012',
  'AWS::Region': 'eu-central-1',
  'AWS::URLSuffix': 'amazonaws.com',
};
const referenceTo = z.object({ Ref: z.string() });
function textOf(part: unknown): string {
  if (typeof part === 'string') return part;
  return pseudo[referenceTo.safeParse(part).data?.Ref ?? ''] ?? 'other';
}

/** The outputs of the stack that functions and the operator read. */
function deployedCompute() {
  const outputs = z.record(z.string(), value).parse(template.toJSON().Outputs);
  const texts = Object.entries(outputs).map(([name, { Value }]) => [name, Value] as const);
  const wanted = ['FlowservArchitecture', 'FlowservImageSources', 'FlowservRegistryLogins'];
  return readConfig(settingsOf(Object.fromEntries(texts.filter(([name]) => wanted.includes(name))))).compute;
}

describe('images of a stage', () => {
  it('that are cached have a rule each, with the login that the registry requires', () => {
    const rules = resourcesOf(template, 'AWS::ECR::PullThroughCacheRule').map(({ Properties }) => Properties);
    expect(rules).toEqual([
      {
        EcrRepositoryPrefix: 'flowserv-test/hub',
        UpstreamRegistry: 'docker-hub',
        UpstreamRegistryUrl: 'registry-1.docker.io',
        CredentialArn: HUB_SECRET,
      },
      {
        EcrRepositoryPrefix: 'flowserv-test/ecr',
        UpstreamRegistry: 'ecr-public',
        UpstreamRegistryUrl: 'public.ecr.aws',
      },
    ]);
  });

  it('that are cached expire, so that images of participants do not accumulate', () => {
    const [made] = resourcesOf(template, 'AWS::ECR::RepositoryCreationTemplate');
    expect(made?.Properties).toMatchObject({
      Prefix: 'flowserv-test',
      AppliedFor: ['PULL_THROUGH_CACHE'],
      LifecyclePolicy: expect.stringContaining('"expire"'),
    });
  });

  it.each([
    ['python:3.12', `${ECR}/flowserv-test/ecr/docker/library/python:3.12`],
    ['public.ecr.aws/docker/library/node:24', `${ECR}/flowserv-test/ecr/docker/library/node:24`],
    ['group/tool:1', `${ECR}/flowserv-test/hub/group/tool:1`],
    ['quay.io/group/tool:1', 'quay.io/group/tool:1'],
  ])('are pulled from the cache, also through mirrors: %s', (reference, image) => {
    const { registries } = deployedCompute();
    expect(pulledImage(normaliseImage(reference), registries, true)).toEqual({ image });
  });

  it("have the login and the processor of the stage's settings", () => {
    const { registries, architecture } = deployedCompute();
    expect(registries.logins).toEqual([{ prefix: 'ghcr.io/lab', secretArn }]);
    expect(architecture).toBe('ARM64');
  });

  it('are the only ones that the role of the tasks reads: named repositories, copies, and named secrets', () => {
    const { ComputeExecutionRole: lines = [] } = rolePermissions(template);
    const reads = lines.filter((line) => !line.startsWith('logs:'));
    const pull = ['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer'];
    const copies = [...pull, 'BatchImportUpstreamImage', 'CreateRepository'];
    expect(reads).toEqual(
      [
        ...pull.map((action) => `ecr:${action} ecr:repository/benchmarks/*`),
        ...['ecr', 'hub'].flatMap((cache) =>
          copies.map((action) => `ecr:${action} ecr:repository/flowserv-test/${cache}/*`),
        ),
        'ecr:GetAuthorizationToken *',
        `kms:Decrypt ${keyArn} if {"StringEquals":{"kms:ViaService":"secretsmanager.AWS::Region.AWS::URLSuffix"}}`,
        `secretsmanager:GetSecretValue ${secretArn}`,
      ].sort(),
    );
  });

  it('have no rule, no login and no permission of ECR without settings', () => {
    const plain = templateOf('test');
    plain.resourceCountIs('AWS::ECR::PullThroughCacheRule', 0);
    plain.resourceCountIs('AWS::ECR::RepositoryCreationTemplate', 0);
    expect(JSON.stringify(rolePermissions(plain).ComputeExecutionRole)).not.toMatch(/ecr|secret/);
  });
});

describe('settings of images', () => {
  it.each([
    [{ imageMirrors: { 'docker.io': `${ECR}` } }, 'must name a part of an ECR registry'],
    [{ imageMirrors: { library: 'mirror.example.org' } }, 'must be the full name of a registry'],
    [{ imageMirrors: { 'docker.io/../x': 'mirror.example.org' } }, 'must be the full name of a registry'],
    [{ imageMirrors: { 'docker.io': 'https://mirror.example.org' } }, 'must be the full name of a registry'],
    [{ imageCaches: { 'docker.io': true } }, 'needs the ARN of a secret'],
    [{ imageCaches: { 'quay.io': HUB_SECRET } }, 'accepts no login'],
    [{ imageCaches: { 'docker.io': secretArn } }, 'imageCaches.docker.io'],
    [{ imageCaches: { 'docker.example.org': true } }, 'imageCaches'],
    [{ registryLogins: { 'ghcr.io': { secretArn: 'registry/lab' } } }, 'secretArn'],
    [{ architecture: 'arm64' }, 'architecture'],
  ])('reject %j', (given, message) => {
    expect(() => stageOf('dev', given)).toThrow(message);
  });

  it('fit with the longest name of a stage into the names of repositories', () => {
    const caches = templateOf('sixteenletters16', {
      imageCaches: {
        'public.ecr.aws': true,
        'quay.io': true,
        'registry.k8s.io': true,
        'ghcr.io': HUB_SECRET,
      },
    });
    const rules = resourcesOf(caches, 'AWS::ECR::PullThroughCacheRule');
    expect(rules).toHaveLength(4);
    for (const { Properties } of rules) {
      expect(String(Properties.EcrRepositoryPrefix).length).toBeLessThanOrEqual(30);
    }
  });
});
