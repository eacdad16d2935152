import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toJsonValue } from '../shared/documents/python-value.ts';
import { readDocumentFile } from '../shared/sources/document.ts';
import { parseVolumeConfig, type VolumeConfig } from '../shared/storage-volumes/volume-config.ts';

/**
 * Reads the configuration of a storage volume from a file, YAML or JSON.
 *
 * @throws FlowservError 400 `volume.config` or `template.invalid`; the error of the file system
 */
export async function readVolumeFile(path: string): Promise<VolumeConfig> {
  const file = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`the file '${path}' does not exist`) : error;
  });
  return parseVolumeConfig(toJsonValue(await readDocumentFile(file, dirname(file))), path);
}
