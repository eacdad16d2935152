import * as z from 'zod';

/** Variables of the queues by which functions call each other; each has those that it needs. */
export const queueVariables = {
  FLOWSERV_ARCHIVE_QUEUE_URL: z.string().optional(),
  FLOWSERV_BOARD_QUEUE_URL: z.string().optional(),
  FLOWSERV_DISPATCH_QUEUE_URL: z.string().optional(),
  FLOWSERV_INSTALL_QUEUE_URL: z.string().optional(),
  FLOWSERV_MAIL_QUEUE_URL: z.string().optional(),
  FLOWSERV_NOTIFY_QUEUE_URL: z.string().optional(),
  FLOWSERV_PURGE_QUEUE_URL: z.string().optional(),
  FLOWSERV_REMOTE_QUEUE_URL: z.string().optional(),
};

type Values = z.infer<z.ZodObject<typeof queueVariables>>;

export const queueUrlsOf = (values: Values) => ({
  archiveQueueUrl: values.FLOWSERV_ARCHIVE_QUEUE_URL,
  leaderboardQueueUrl: values.FLOWSERV_BOARD_QUEUE_URL,
  installQueueUrl: values.FLOWSERV_INSTALL_QUEUE_URL,
  mailQueueUrl: values.FLOWSERV_MAIL_QUEUE_URL,
  notifyQueueUrl: values.FLOWSERV_NOTIFY_QUEUE_URL,
  purgeQueueUrl: values.FLOWSERV_PURGE_QUEUE_URL,
  dispatchQueueUrl: values.FLOWSERV_DISPATCH_QUEUE_URL,
  remoteQueueUrl: values.FLOWSERV_REMOTE_QUEUE_URL,
});
