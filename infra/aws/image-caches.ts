import { Stack } from 'aws-cdk-lib';
import { CfnPullThroughCacheRule, CfnRepositoryCreationTemplate } from 'aws-cdk-lib/aws-ecr';
import { Construct } from 'constructs';
import { type ImageSource, isBelow } from '../../shared/engine/image-source.ts';
import { type CachedRegistry, cachedRegistries } from './image-settings.ts';
import type { Stage } from './stage.ts';

/**
 * Names and addresses of the registries (Amazon ECR API reference, CreatePullThroughCacheRule). A repository prefix
 * has 30 characters at most, so 4 are left after `flowserv-<stage>/`.
 */
const UPSTREAMS: Record<
  CachedRegistry,
  { readonly name: string; readonly url: string; readonly short: string }
> = {
  'docker.io': { name: 'docker-hub', url: 'registry-1.docker.io', short: 'hub' },
  'ghcr.io': { name: 'github-container-registry', url: 'ghcr.io', short: 'ghcr' },
  'registry.gitlab.com': { name: 'gitlab-container-registry', url: 'registry.gitlab.com', short: 'lab' },
  'public.ecr.aws': { name: 'ecr-public', url: 'public.ecr.aws', short: 'ecr' },
  'quay.io': { name: 'quay', url: 'quay.io', short: 'quay' },
  'registry.k8s.io': { name: 'k8s', url: 'registry.k8s.io', short: 'k8s' },
};

/**
 * Each run may name an image that is never used again; ECR pulls images that are still in use from the registry again.
 */
const KEPT_DAYS = 14;

export interface ImageCaches {
  /** Replacements of image prefixes for the whole stage, mirrors included. */
  readonly sources: readonly ImageSource[];
  /** Names of the repositories with the copies, as patterns. */
  readonly repositories: readonly string[];
}

/** Registries whose images ECR can cache for a stage, with the prefix of their repositories. */
const cachesOf = (stage: Stage) =>
  cachedRegistries.flatMap((registry) => {
    const login = stage.imageCaches[registry];
    const name = `flowserv-${stage.name}/${UPSTREAMS[registry].short}`;
    return login === undefined ? [] : [{ registry, login, name }];
  });

/**
 * Returns the replacements of image prefixes of a stage, mirrors included.
 *
 * @param ecr name of the account's registry
 */
export function imageSources(stage: Stage, ecr: string): ImageSource[] {
  const caches = cachesOf(stage).map(({ registry, name }) => ({
    prefix: registry,
    target: `${ecr}/${name}`,
  }));
  const mirrors = Object.entries(stage.imageMirrors).map(([prefix, target]) => ({
    prefix,
    target: cachedTarget(target, caches),
  }));
  return [...caches, ...mirrors];
}

/** Rules by which ECR caches public images, in repositories that it creates for the stage. */
export function createImageCaches(parent: Construct, stage: Stage): ImageCaches {
  const scope = new Construct(parent, 'ImageCaches');
  const { account, region, urlSuffix } = Stack.of(parent);
  const caches = cachesOf(stage);
  for (const { registry, login, name } of caches) {
    const { name: upstreamRegistry, url, short } = UPSTREAMS[registry];
    new CfnPullThroughCacheRule(scope, short, {
      ecrRepositoryPrefix: name,
      upstreamRegistry,
      upstreamRegistryUrl: url,
      ...(typeof login === 'string' ? { credentialArn: login } : {}),
    });
  }
  // In an isolated network the operator makes the copies, and an expired copy could not be pulled again.
  if (caches.length > 0 && stage.network !== 'isolated') createTemplate(scope, stage);
  return {
    sources: imageSources(stage, `${account}.dkr.ecr.${region}.${urlSuffix}`),
    repositories: caches.map(({ name }) => `${name}/*`),
  };
}

/** The target of a mirror; if its registry is cached, through the cache. */
function cachedTarget(target: string, caches: readonly ImageSource[]): string {
  const cache = caches.find(({ prefix }) => isBelow(`${target}/`, prefix));
  return cache ? `${cache.target}${target.slice(cache.prefix.length)}` : target;
}

/** Settings of the repositories that ECR creates for the copies. Images that participants name must not accumulate. */
function createTemplate(scope: Construct, { name }: Stage): void {
  new CfnRepositoryCreationTemplate(scope, 'Template', {
    prefix: `flowserv-${name}`,
    appliedFor: ['PULL_THROUGH_CACHE'],
    description: `Copies of public images for the steps of flowServ ${name}`,
    lifecyclePolicy: JSON.stringify({
      rules: [
        {
          rulePriority: 1,
          selection: {
            tagStatus: 'any',
            countType: 'sinceImagePushed',
            countUnit: 'days',
            countNumber: KEPT_DAYS,
          },
          action: { type: 'expire' },
        },
      ],
    }),
  });
}
