import * as z from 'zod';
import { clientOptions, lazily } from '../clients.ts';
import { type Config, required } from '../config.ts';
import { purgeKinds } from '../store/purge.ts';

/** The request for an archive. It names the workflow because the run may be gone when it arrives. */
export const archiveOrder = z.object({ workflowId: z.string(), runId: z.string() });
export type ArchiveOrder = z.infer<typeof archiveOrder>;

/** A mail about an account that somebody has asked for. */
export const mailOrder = z.object({
  kind: z.enum(['activation', 'reset']),
  username: z.string(),
  /** Network address of who has asked. */
  address: z.string(),
});
export type MailOrder = z.infer<typeof mailOrder>;

/** Word that something has been deleted and can be purged. */
export const purgeOrder = z.object({ kind: z.enum(purgeKinds), id: z.string() });
export type PurgeOrder = z.infer<typeof purgeOrder>;

export type Messages = ReturnType<typeof createMessages>;

/**
 * Wake-up calls between functions, carried by SQS. A message says only that something may be due; what is
 * due is read from the table, so doubled and reordered messages do no harm. A lost one is made up for within a
 * minute by the calls of the schedule, and that for an archive or a mail by whoever asks
 * for it again.
 */
export function createMessages(config: Config) {
  const load = lazily(async () => {
    const sdk = await import('@aws-sdk/client-sqs');
    return { sdk, client: new sdk.SQSClient(clientOptions(config, config.endpoints.sqs)) };
  });

  const send = async (url: string, body: object, delaySeconds = 0): Promise<void> => {
    const { sdk, client } = await load();
    await client.send(
      new sdk.SendMessageCommand({
        QueueUrl: url,
        MessageBody: JSON.stringify(body),
        ...(delaySeconds > 0 ? { DelaySeconds: delaySeconds } : {}),
      }),
    );
  };

  return {
    /** The leaderboard of a workflow may be out of date. */
    leaderboardDirty: (workflowId: string, delaySeconds = 0) =>
      send(required(config.leaderboardQueueUrl, 'FLOWSERV_BOARD_QUEUE_URL'), { workflowId }, delaySeconds),
    /** Somebody wants an archive that there is not. */
    archiveWanted: (order: ArchiveOrder) =>
      send(required(config.archiveQueueUrl, 'FLOWSERV_ARCHIVE_QUEUE_URL'), order),
    /** Somebody wants a mail about an account, which there may not be. */
    mailWanted: (order: MailOrder) => send(required(config.mailQueueUrl, 'FLOWSERV_MAIL_QUEUE_URL'), order),
    /** Something has been deleted, or is to be purged further. */
    purge: (order: PurgeOrder) => send(required(config.purgeQueueUrl, 'FLOWSERV_PURGE_QUEUE_URL'), order),
    /** A run is queued or a slot has become free. */
    dispatch: () => send(required(config.dispatchQueueUrl, 'FLOWSERV_DISPATCH_QUEUE_URL'), {}),
  };
}
