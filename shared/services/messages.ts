import * as z from 'zod';
import { clientOptions, lazily } from '../clients.ts';
import { type Config, required } from '../config.ts';
import { purgeKinds } from '../store/purge.ts';

/**
 * The request for the archive of a run, for the crate of a run, for the crate or the starter kit of a workflow, or for the
 * next file of an archive of submissions. It names the workflow of a run because the run may be gone when it arrives.
 */
export const archiveOrder = z.union([
  z.object({ workflowId: z.string(), runId: z.string(), crate: z.literal(true).optional() }),
  z.object({ workflowId: z.string(), crate: z.literal(true) }),
  z.object({ workflowId: z.string(), starterKit: z.literal(true) }),
  z.object({ workflowId: z.string(), submissions: z.string() }),
]);
export type ArchiveOrder = z.infer<typeof archiveOrder>;

/** The request for a mail about an account. */
export const mailOrder = z.object({
  kind: z.enum(['activation', 'reset']),
  username: z.string(),
  /** Network address of the requester. */
  address: z.string(),
});
export type MailOrder = z.infer<typeof mailOrder>;

/** The request to purge a deleted item. */
export const purgeOrder = z.object({ kind: z.enum([...purgeKinds, 'user']), id: z.string() });
export type PurgeOrder = z.infer<typeof purgeOrder>;

/** The request to install the version of a workflow that an organiser uploaded. */
export const installOrder = z.object({ workflowId: z.string() });

/** The request to look after a run at a remote engine: to start, poll or stop it. */
export const remoteOrder = z.object({ runId: z.string(), engine: z.string() });
export type RemoteOrder = z.infer<typeof remoteOrder>;

/** The request to attempt the delivery of a notification that is due: its partition, by the owner of the webhook, and sort key. */
export const deliveryOrder = z.object({ ownerId: z.string(), key: z.string() });
export type DeliveryOrder = z.infer<typeof deliveryOrder>;

export type Messages = ReturnType<typeof createMessages>;

/**
 * Wake-up calls between functions, carried by SQS. A message only names what may be due; the receiver reads what is
 * due from the table, so duplicated and reordered messages do no harm. The scheduled calls replace a lost message
 * within a minute; lost requests for an archive or a mail are replaced when the user repeats them.
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
    /** A request to score runs again has something to do. */
    rescore: (workflowId: string, rescore: number) =>
      send(required(config.leaderboardQueueUrl, 'FLOWSERV_BOARD_QUEUE_URL'), { workflowId, rescore }),
    /** The runs of a workflow have to be put on its list by time, from the group after this one on. */
    listRuns: (workflowId: string, after: string, delaySeconds = 0) =>
      send(
        required(config.leaderboardQueueUrl, 'FLOWSERV_BOARD_QUEUE_URL'),
        { workflowId, listRunsAfter: after },
        delaySeconds,
      ),
    /** A user requested an archive, a crate or a starter kit that does not exist. */
    archiveWanted: (order: ArchiveOrder) =>
      send(required(config.archiveQueueUrl, 'FLOWSERV_ARCHIVE_QUEUE_URL'), order),
    /** An organiser requested the installation of a version. */
    install: (workflowId: string) =>
      send(required(config.installQueueUrl, 'FLOWSERV_INSTALL_QUEUE_URL'), { workflowId }),
    /** A user requested a mail about an account, which may not exist. */
    mailWanted: (order: MailOrder) => send(required(config.mailQueueUrl, 'FLOWSERV_MAIL_QUEUE_URL'), order),
    /** An item was deleted, or its purge must continue. */
    purge: (order: PurgeOrder) => send(required(config.purgeQueueUrl, 'FLOWSERV_PURGE_QUEUE_URL'), order),
    /** A run at a remote engine was admitted, is due, or was canceled. */
    remoteRun: (order: RemoteOrder) =>
      send(required(config.remoteQueueUrl, 'FLOWSERV_REMOTE_QUEUE_URL'), order),
    /** A notification is due. */
    delivery: (order: DeliveryOrder) =>
      send(required(config.notifyQueueUrl, 'FLOWSERV_NOTIFY_QUEUE_URL'), order),
    /** A run is queued or vCPUs are free. */
    dispatch: () => send(required(config.dispatchQueueUrl, 'FLOWSERV_DISPATCH_QUEUE_URL'), {}),
  };
}
