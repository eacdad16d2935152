import type { Services } from '../../shared/services/services.ts';
import type { Key } from '../../shared/store/keys.ts';
import { poll } from './running-stack.ts';

/** Waits until the deleted object whose item has this key is purged in the background. */
export async function purged({ table }: Services, key: Key): Promise<void> {
  await poll(async () => ((await table.get(key)) ? undefined : true), `${key.pk} is not purged`);
}
