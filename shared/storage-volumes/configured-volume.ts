import { invalid } from '../errors.ts';
import type { ConfiguredVolume } from '../volume-setting.ts';
import { openVolume, type SecretLookup } from './open-volume.ts';
import type { StorageVolume } from './volume.ts';
import { parseVolumeConfig, type VolumeConfig } from './volume-config.ts';

/** The name under which a volume with credentials asks for them. */
const CREDENTIALS = 'CREDENTIALS';

/**
 * Returns the configuration of a volume of a deployment's settings.
 *
 * @throws FlowservError 400 `volume.config`
 */
export function volumeConfigOf(volume: ConfiguredVolume): VolumeConfig {
  const { id, type, args } = volume;
  if ('credentials' in args)
    throw invalid('volume.config', `storage volume '${id}': credentials are not arguments`);
  const hasSecret = 'credentialsFile' in volume || volume.credentialsSecret !== undefined;
  const path = `storage volume '${id}'`;
  if (hasSecret && type === 'fs') throw invalid('volume.config', `${path}: a folder needs no credentials`);
  return parseVolumeConfig(
    { id, type, args: { ...args, ...(hasSecret && { credentials: CREDENTIALS }) } },
    path,
  );
}

/**
 * Opens a volume of a deployment's settings.
 *
 * @param secret returns the JSON text of its credentials
 * @throws Error if it cannot be reached
 */
export const openConfiguredVolume = (
  volume: ConfiguredVolume,
  secret: () => ReturnType<SecretLookup>,
): Promise<StorageVolume> => openVolume(volumeConfigOf(volume), secret);
