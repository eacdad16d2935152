import { logError } from '../log.ts';
import type { PurgeOrder } from './messages.ts';
import type { Services } from './services.ts';

/**
 * Has something that is marked as deleted purged at once. It is marked whatever happens to this call: where it is lost,
 * or the operator knows no queue, the sweep begins a minute later.
 */
export async function wakePurge(
  { messages, config }: Pick<Services, 'messages' | 'config'>,
  order: PurgeOrder,
): Promise<void> {
  if (config.purgeQueueUrl === undefined) return;
  try {
    await messages.purge(order);
  } catch (error) {
    logError('a purge was not begun at once', { ...order }, error);
  }
}
