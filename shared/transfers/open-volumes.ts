import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { FlowservError } from '../errors.ts';
import { readSecret } from '../services/secret.ts';
import type { Services } from '../services/services.ts';
import { openConfiguredVolume, volumeConfigOf } from '../storage-volumes/configured-volume.ts';
import type { StorageVolume } from '../storage-volumes/volume.ts';
import type { ConfiguredVolume } from '../volume-setting.ts';
import { permanent, TransferFault } from './transfer-fault.ts';

/** The volumes of a transfer, each opened on first use. */
export interface OpenVolumes extends AsyncDisposable {
  /** @throws TransferFault if the operator removed it from the settings */
  settings(id: string): ConfiguredVolume;
  /** @throws TransferFault if it cannot be reached */
  open(id: string): Promise<StorageVolume>;
}

/** A server that does not respond may not end its connection either. */
const CLOSING_MS = 5_000;

/** Credentials are read each time, so that new ones take effect at once. */
export function openVolumes({ config }: Pick<Services, 'config'>): OpenVolumes {
  const opened = new AsyncDisposableStack();
  const volumes = new Map<string, StorageVolume>();
  const settings = (id: string): ConfiguredVolume => {
    const found = config.volumes.find((volume) => volume.id === id);
    if (!found) throw permanent(`the storage volume '${id}' is not configured`);
    const { location } = volumeConfigOf(found);
    if (location.type === 's3' && [config.dataBucket, config.workBucket].includes(location.bucket)) {
      throw permanent(`the storage volume '${id}' is a bucket of this installation`);
    }
    return found;
  };
  return {
    settings,
    async open(id) {
      const known = volumes.get(id);
      if (known) return known;
      const found = settings(id);
      const secret = async (): Promise<string> =>
        'credentialsFile' in found
          ? readFile(found.credentialsFile, 'utf8')
          : readSecret(config, found.credentialsSecret ?? '');
      const volume = await usingVolume(id, () => openConfiguredVolume(found, secret));
      // The transfer ended while it waited for the server.
      if (opened.disposed) await volume.close();
      volumes.set(id, volume);
      return opened.adopt(volume, (one) =>
        Promise.race([one.close(), sleep(CLOSING_MS, undefined, { ref: false })]),
      );
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/**
 * Uses a volume.
 *
 * @throws TransferFault that names only the volume; its cause is for the operator
 */
export async function usingVolume<T>(id: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    // A fault of the transfer itself, inside a stream.
    if (error instanceof Error && ['TransferFault', 'NotDue'].includes(error.name)) throw error;
    if (error instanceof FlowservError && error.code === 'path.unsafe') throw permanent(error.message);
    const message = `files could not be copied from or to the storage volume '${id}'`;
    throw new TransferFault(message, { isPermanent: false, cause: error });
  }
}
