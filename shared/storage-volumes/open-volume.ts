import { createVolume } from './create-volume.ts';
import type { StorageVolume, VolumeStorage } from './volume.ts';
import type { VolumeConfig, VolumeLocation } from './volume-config.ts';

/** Returns the content of the variable that a configuration names. */
export type SecretLookup = (name: string) => Promise<string>;

/**
 * Opens a storage volume. Each kind and its library are loaded on first use.
 *
 * @throws Error if the volume cannot be reached, or its secret does not have the expected structure
 */
export async function openVolume(config: VolumeConfig, secretOf: SecretLookup): Promise<StorageVolume> {
  return createVolume(await openStorage(config.location, secretOf), config);
}

async function openStorage(location: VolumeLocation, secretOf: SecretLookup): Promise<VolumeStorage> {
  if (location.type === 'fs') return (await import('./file-system.ts')).openFileSystem(location.basedir);
  const { credentials } = location;
  const secret = credentials === undefined ? undefined : await secretOf(credentials);
  switch (location.type) {
    case 's3':
      return (await import('./s3.ts')).openS3(location, secret);
    case 'gc':
      return (await import('./google-cloud.ts')).openGoogleCloud(location, secret);
    case 'sftp':
      return (await import('./sftp.ts')).openSftp(location, secret);
  }
}
