import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../shared/config.ts';
import { normaliseImage } from '../../shared/engine/image-reference.ts';
import { ARCHITECTURE, type Image, writeArchive } from './image-archive.ts';
import { type LayerName, makeLayers } from './layers.ts';
import type { Podman } from './podman.ts';
import { LOGIN, type Registry } from './registry.ts';

/** Images of the tests, as templates name them. */
export const images = {
  python: 'public.ecr.aws/docker/library/python:3.12-slim',
  alpine: 'public.ecr.aws/docker/library/alpine:3.20',
  /** Its containers run as an ordinary user, given by number. */
  userByNumber: 'flowserv-tests/user-by-number:1',
  /** Its containers run as an ordinary user, given by name. */
  userByName: 'flowserv-tests/user-by-name:1',
  /** Its HOME is not a folder. */
  homeless: 'flowserv-tests/homeless:1',
  /** It has an entry point, a working folder and a volume. */
  ownSettings: 'flowserv-tests/own-settings:1',
  /** It contains no program. */
  shellless: 'flowserv-tests/shellless:1',
  /** It declares another architecture. */
  foreign: 'flowserv-tests/foreign:1',
} as const;

/** Images that the engine must pull from a registry first. */
export const pulled = {
  open: 'flowserv-tests/open:1',
  missing: 'flowserv-tests/missing:1',
  foreign: 'flowserv-tests/foreign-there:1',
  /** In the registry that requires a login. */
  closed: 'closed:1',
} as const;

interface ImagePlan extends Omit<Image, 'name' | 'layers'> {
  readonly layers: readonly LayerName[];
}

const STAGING = readConfig({}).compute.stagingImage;

const plans: Readonly<Record<string, ImagePlan>> = {
  [STAGING]: { layers: ['shell', 'node'] },
  [images.python]: { layers: ['python'] },
  [images.alpine]: { layers: ['shell'] },
  [images.userByNumber]: { layers: ['shell'], settings: { User: '1000' } },
  [images.userByName]: { layers: ['shell'], settings: { User: 'ada' } },
  [images.homeless]: { layers: ['shell'], settings: { Env: ['PATH=/usr/bin:/bin', 'HOME=/nonexistent'] } },
  [images.ownSettings]: {
    layers: ['shell'],
    settings: {
      Entrypoint: ['/bin/false', 'of the image'],
      Cmd: ['of the image'],
      WorkingDir: '/folder/of/the/image',
      Volumes: { '/volume/of/the/image': {} },
      Env: ['PATH=/usr/bin:/bin', 'OF_THE_IMAGE=kept'],
    },
  },
  [images.shellless]: { layers: ['file'] },
  [images.foreign]: { layers: ['shell'], architecture: ARCHITECTURE === 'arm64' ? 'amd64' : 'arm64' },
};

/**
 * Builds images in an empty folder, and loads them into the engine under the names that tasks use.
 *
 * @param wanted the images to build; all by default. The image of the staging program is always included
 */
export async function loadImages(podman: Podman, folder: string, wanted = Object.keys(plans)): Promise<void> {
  const [parts, content] = [join(folder, 'layers'), join(folder, 'archive')];
  for (const made of [parts, content]) mkdirSync(made, { recursive: true });
  const chosen = Object.entries(plans).filter(([name]) => name === STAGING || wanted.includes(name));
  const paths = await makeLayers(
    parts,
    chosen.flatMap(([, { layers }]) => layers),
  );
  const made = chosen.map(([name, { layers, ...plan }]) => ({
    ...plan,
    name: normaliseImage(name),
    layers: layers.map((layer) => paths.get(layer) ?? ''),
  }));
  await podman.command('load', '--quiet', '--input', await writeArchive(content, made));
}

/** Pushes the images that tests pull to the registries. */
export async function pushImages(podman: Podman, hub: Registry, closed: Registry): Promise<void> {
  const push = (image: string, target: string, ...options: string[]) =>
    podman.command('push', '--quiet', ...options, normaliseImage(image), `docker://${target}`);
  const login = ['--creds', `${LOGIN.username}:${LOGIN.password}`];
  await Promise.all([
    push(images.alpine, `${hub.host}/docker/${pulled.open}`),
    push(images.foreign, `${hub.host}/docker/${pulled.foreign}`),
    push(images.alpine, `${closed.host}/${pulled.closed}`, ...login),
  ]);
}
