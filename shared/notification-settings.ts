import * as z from 'zod';

/** Variables of mails and webhooks. */
export const notificationVariables = {
  FLOWSERV_MAIL_FROM: z.string().default('flowserv@localhost'),
  /** Whether users may ask for mail about workflows. */
  FLOWSERV_NOTIFICATION_MAIL: z.enum(['on', 'off']).default('off'),
  /** Where webhooks send to: the internet over HTTPS; with `loopback` also this computer. */
  FLOWSERV_WEBHOOKS: z.enum(['public', 'loopback']).default('public'),
};

type Values = z.infer<z.ZodObject<typeof notificationVariables>>;

export const notificationsOf = (values: Values) => ({
  mailFrom: values.FLOWSERV_MAIL_FROM,
  notificationMail: values.FLOWSERV_NOTIFICATION_MAIL === 'on',
  webhooks: values.FLOWSERV_WEBHOOKS,
});
