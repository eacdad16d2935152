import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { logError } from '../../shared/log.ts';

/**
 * Processes a batch of messages one by one and reports those that failed, so that only they are delivered again
 * (Lambda, "Handling errors for an SQS event source", partial batch responses).
 */
export async function eachRecord(
  event: SQSEvent,
  work: (body: unknown) => Promise<void>,
): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  for (const { messageId, body } of event.Records) {
    try {
      await work(JSON.parse(body));
    } catch (error) {
      logError('message failed', { messageId }, error);
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}
