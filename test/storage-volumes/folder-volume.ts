import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVolume } from '../../shared/storage-volumes/open-volume.ts';
import { parseVolumeConfig } from '../../shared/storage-volumes/volume-config.ts';

/** Opens a volume on a temporary folder. */
export async function folderVolume(id = 'folder') {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-volume-'));
  const volume = await openVolume(parseVolumeConfig({ id, args: { basedir: folder } }), async () => '');
  return { volume, folder, remove: async () => rmSync(folder, { recursive: true, force: true }) };
}
