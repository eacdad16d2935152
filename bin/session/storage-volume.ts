import { statSync } from 'node:fs';
import { readVolumeFile } from '../../infra/volume-file.ts';
import { openVolume } from '../../shared/storage-volumes/open-volume.ts';
import type { StorageVolume } from '../../shared/storage-volumes/volume.ts';
import { parseVolumeConfig, type VolumeConfig } from '../../shared/storage-volumes/volume-config.ts';
import type { Environment } from './location.ts';

/**
 * Opens the storage volume that an argument names. Credentials are in the variable that the configuration names.
 *
 * @param path a folder, or a YAML or JSON file with a configuration
 * @throws FlowservError 400 `volume.config`
 */
export async function openNamedVolume(path: string, env: Environment): Promise<StorageVolume> {
  return openVolume(await configurationAt(path), async (name) => {
    const secret = env[name];
    if (!secret) throw new Error(`'${path}' needs credentials in the variable ${name}, which is not set`);
    return secret;
  });
}

async function configurationAt(path: string): Promise<VolumeConfig> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) {
    throw new Error(`'${path}' does not exist; create the folder, or name a file with a configuration`);
  }
  return found.isDirectory()
    ? parseVolumeConfig({ id: path, args: { basedir: path } }, path)
    : readVolumeFile(path);
}
