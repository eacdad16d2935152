import { FlowservError } from '../errors.ts';
import { logError } from '../log.ts';
import { mayPass } from '../services/mailer.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { withinDay } from '../users/attempts.ts';
import { mailboxOf } from '../users/mailbox.ts';
import type { Delivery } from './deliveries.ts';
import { linkOf } from './events.ts';
import type { Attempted, Receiver } from './receiver.ts';
import { subscriptionCodec } from './subscriptions.ts';

/** Maximum number of such mails to one mailbox within 24 hours. */
const MAILS_A_DAY = 50;

/** A user who asked for mail about a workflow. */
export async function mailReceiver(
  services: Services,
  delivery: Delivery,
  userId: string,
): Promise<Receiver> {
  const { table } = services;
  const key = keys.subscription(delivery.workflowId, userId);
  const subscription = subscriptionCodec.readMaybe(await table.get(key));
  const isWanted = subscription?.events.some((type) => type === delivery.type);
  if (!subscription || !isWanted) return { gone: 'the user wants no such mail any more' };
  return { attempt: () => sendMail(services, delivery, subscription.address) };
}

async function sendMail(services: Services, delivery: Delivery, to: string): Promise<Attempted> {
  const mail = { to, ...mailOf(services, delivery) };
  try {
    await withinDay(services, 'mail#notification', mailboxOf(to), MAILS_A_DAY, () =>
      services.mailer.send(mail),
    );
    return { ok: true };
  } catch (error) {
    if (error instanceof FlowservError)
      return { problem: 'the daily limit of mails is reached', isFinal: true };
    logError('a notification was not sent', { delivery: delivery.id }, error);
    return { problem: 'the mail service did not accept it', isFinal: !mayPass(error) };
  }
}

/** Subjects hold identifiers only, which have no line breaks. */
function mailOf({ config }: Services, delivery: Delivery) {
  const { type, workflowId, run, announcement } = delivery;
  const subjects: Readonly<Record<string, string>> = {
    'run.ended': `Run in ${workflowId}: ${run?.state}`,
    'postproc.failed': `Post-processing of ${workflowId} failed`,
    'announcement.created': `Announcement in ${workflowId}`,
  };
  return {
    subject: subjects[type] ?? workflowId,
    text: [
      ...(announcement ? [announcement.text] : [`${subjects[type]}.`]),
      '',
      linkOf(config, delivery),
      '',
      '--',
      `You asked for these mails. To end them: flowserv workflows notify -w ${workflowId} --off`,
    ].join('\n'),
  };
}
