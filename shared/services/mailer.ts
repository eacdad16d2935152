import { clientOptions, lazily } from '../clients.ts';
import type { Config } from '../config.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** 64 for the mailbox, 255 for the domain, and the sign between them (RFC 5321, section 4.5.3.1). */
const MAX_ADDRESS_LENGTH = 320;

/** Distinguishes an address from a plain user name; SES checks the rest. No line breaks, no lists. */
export const isMailAddress = (name: string): boolean =>
  name.length <= MAX_ADDRESS_LENGTH &&
  /^[^\s@,;<>"]+@[^\s@,;<>".]+\.[^\s@,;<>"]+$/.test(name) &&
  /^[\x21-\x7e]+$/.test(name);

export type Mailer = ReturnType<typeof createMailer>;

/** Whether the mail service may accept a mail later: it is throttled, down, or unreachable. */
export const mayPass = (error: unknown): boolean =>
  !(error instanceof Error && '$fault' in error && error.$fault === 'client') ||
  /TooManyRequests|Throttling|LimitExceeded|SendingPaused/.test(error.name);

/** Sends plain text mail through SES. */
export function createMailer(config: Config) {
  const load = lazily(async () => {
    const sdk = await import('@aws-sdk/client-sesv2');
    return { sdk, client: new sdk.SESv2Client(clientOptions(config, config.endpoints.ses)) };
  });
  return {
    async send(mail: Mail): Promise<void> {
      const { sdk, client } = await load();
      await client.send(
        new sdk.SendEmailCommand({
          FromEmailAddress: config.mailFrom,
          Destination: { ToAddresses: [mail.to] },
          Content: { Simple: { Subject: { Data: mail.subject }, Body: { Text: { Data: mail.text } } } },
        }),
      );
    },
  };
}
