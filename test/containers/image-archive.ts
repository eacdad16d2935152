import { createHash } from 'node:crypto';
import { linkSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';

/** A container image in the archive format of `docker save`. */
export interface Image {
  /** The full name, as `normaliseImage` returns it. */
  readonly name: string;
  /** Tar files, the lowest layer first. */
  readonly layers: readonly string[];
  readonly settings?: ImageSettings;
  /** Go's name of the architecture; that of this host by default. */
  readonly architecture?: string;
}

/** Defaults for the containers of an image (Docker image specification 1.2, `config`). */
interface ImageSettings {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly Volumes?: Readonly<Record<string, object>>;
}

/** Go's name of this host's architecture. */
export const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64';

/**
 * Writes images to one archive that an engine can load (Docker image specification 1.2).
 *
 * @param folder an empty folder for the archive and its parts
 * @returns path of the archive
 */
export async function writeArchive(folder: string, images: readonly Image[]): Promise<string> {
  const files = new Set<string>();
  const add = (name: string, write: (path: string) => void) => {
    if (!files.has(name)) write(join(folder, name));
    files.add(name);
    return name;
  };
  const digests = new Map<string, string>();
  const digestOf = (layer: string): string => {
    const digest = digests.get(layer) ?? sha256(readFileSync(layer));
    digests.set(layer, digest);
    return digest;
  };

  const manifest = images.map((image) => {
    const layers = image.layers.map((layer) => ({ path: layer, digest: digestOf(layer) }));
    const config = JSON.stringify(configOf(image, layers));
    return {
      Config: add(`${sha256(config)}.json`, (path) => writeFileSync(path, config)),
      RepoTags: [image.name],
      Layers: layers.map(({ path, digest }) => add(`${digest}.tar`, (copy) => linkSync(path, copy))),
    };
  });
  add('manifest.json', (path) => writeFileSync(path, JSON.stringify(manifest)));
  const archive = join(folder, 'images.tar');
  await run('tar', ['-C', folder, '-cf', archive, ...files]);
  return archive;
}

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

const configOf = (
  { architecture = ARCHITECTURE, settings = {} }: Image,
  layers: readonly { readonly digest: string }[],
) => ({
  architecture,
  os: 'linux',
  created: '2026-01-01T00:00:00Z',
  config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['/bin/sh'], ...settings },
  rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
});
