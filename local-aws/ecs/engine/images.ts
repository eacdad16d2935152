import * as z from 'zod';
import { ContainerError, type TaskLaunch } from '../runner.ts';
import { EngineError } from './api.ts';
import type { ContainerEngine } from './container-engine.ts';
import { pullImage } from './pull.ts';
import { platformError, pullError } from './pull-errors.ts';
import type { RegistryLogin } from './registry-login.ts';

/** An image from which a container can be created. */
export interface ReadyImage {
  /** Identifies exactly this image, even if its tag moves to another one. */
  readonly id: string;
  /** `sha256:…` of its manifest; of its configuration if no registry has the image. */
  readonly digest: string;
}

export interface Images {
  /**
   * Finds an image, or pulls it. Tasks that need the same image at the same time share one pull.
   *
   * @throws ContainerError `CannotPullContainerError`
   */
  provide(
    image: string,
    architecture: TaskLaunch['architecture'],
    patience?: PullPatience,
  ): Promise<ReadyImage>;
}

export interface PullPatience {
  /** Milliseconds to wait for the first response of a registry; 120,000 by default. */
  readonly responseTimeoutMs?: number | undefined;
}

interface ImagesOptions {
  readonly engine: ContainerEngine;
  /** Whether to pull an image that the engine already has. */
  readonly pull: 'missing' | 'always';
  readonly login: RegistryLogin;
  onProgress(line: string): void;
}

const PLATFORMS = { X86_64: 'linux/amd64', ARM64: 'linux/arm64' } as const;

/**
 * An image reference. It excludes everything with a meaning in a path of the API, such as `..`, and permits all
 * characters of registries, repositories, tags and digests.
 */
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._:-]*(?:[/@][A-Za-z0-9_][A-Za-z0-9._:-]*)*$/;

const imageResponse = z.object({
  Id: z.string(),
  RepoDigests: z.array(z.string()).nullish(),
  Os: z.string().default(''),
  Architecture: z.string().default(''),
});

type FoundImage = z.infer<typeof imageResponse>;

export function createImages(options: ImagesOptions): Images {
  const { engine, pull } = options;
  const pulls = new Map<string, Promise<void>>();
  const pullOnce = (image: string, platform: string, patience?: PullPatience): Promise<void> => {
    const key = `${platform} ${image}`;
    const running = pulls.get(key);
    if (running) return running;
    const started = pullImage({ ...options, ...patience, image, platform }).finally(() => pulls.delete(key));
    pulls.set(key, started);
    return started;
  };
  return {
    async provide(image, architecture, patience) {
      const platform = PLATFORMS[architecture];
      if (!REFERENCE.test(image)) throw pullError(image, platform, 'invalid reference format');
      const present = pull === 'missing' ? await findImage(engine, image) : undefined;
      if (present && runsOn(present, platform)) return ready(present, image);
      await pullOnce(image, platform, patience).catch((error: unknown) => {
        // The engine has the image for another platform, which explains more than the failed pull.
        throw present ? platformError(platform) : error;
      });
      const pulled = await findImage(engine, image);
      if (!pulled)
        throw new ContainerError('CannotPullContainerError', `${image} was removed while it was pulled`);
      if (!runsOn(pulled, platform)) throw platformError(platform);
      return ready(pulled, image);
    },
  };
}

async function findImage({ api }: ContainerEngine, image: string): Promise<FoundImage | undefined> {
  try {
    return imageResponse.parse(await api.call({ method: 'GET', path: `/images/${image}/json` }));
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return undefined;
    throw error;
  }
}

/** An image that contains only data may have no platform. */
const runsOn = ({ Os, Architecture }: FoundImage, platform: string): boolean =>
  Architecture === '' || `${Os}/${Architecture}` === platform;

function ready({ Id, RepoDigests }: FoundImage, image: string): ReadyImage {
  const digests = RepoDigests ?? [];
  const own = digests.find((each) => each.startsWith(`${repositoryOf(image)}@`)) ?? digests[0];
  const id = Id.startsWith('sha256:') ? Id : `sha256:${Id}`;
  return { id, digest: own?.slice(own.indexOf('@') + 1) ?? id };
}

/** The reference without tag and digest. */
function repositoryOf(image: string): string {
  const [name = ''] = image.split('@');
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  return colon < 0 ? name : name.slice(0, colon);
}
