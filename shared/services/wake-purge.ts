import { logError } from '../log.ts';
import type { PurgeOrder } from './messages.ts';
import type { Services } from './services.ts';

/**
 * Requests the purge of an item that is marked as deleted. The item is already marked, so if the message is lost or
 * the operator's configuration has no queue, the sweep starts the purge a minute later.
 */
export async function wakePurge(
  { messages, config }: Pick<Services, 'messages' | 'config'>,
  order: PurgeOrder,
): Promise<void> {
  if (config.purgeQueueUrl === undefined) return;
  try {
    await messages.purge(order);
  } catch (error) {
    logError('a purge was not started immediately', { ...order }, error);
  }
}
