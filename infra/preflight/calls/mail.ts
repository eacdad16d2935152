import {
  GetAccountCommand,
  GetEmailIdentityCommand,
  NotFoundException,
  SESv2Client,
} from '@aws-sdk/client-sesv2';
import type { MailState } from '../rules/mail.ts';
import type { ClientOptions } from './clients.ts';

export async function readMailState(
  options: ClientOptions,
  mailFrom: string,
  signal: AbortSignal,
): Promise<MailState> {
  const client = new SESv2Client(options);
  const send = { abortSignal: signal };
  const isVerified = async (identity: string): Promise<boolean> => {
    try {
      const command = new GetEmailIdentityCommand({ EmailIdentity: identity });
      return (await client.send(command, send)).VerifiedForSendingStatus === true;
    } catch (error) {
      if (error instanceof NotFoundException) return false;
      throw error;
    }
  };
  // A verified domain lets all its addresses send (Amazon SES, "Verified identities").
  const identities = [mailFrom, mailFrom.slice(mailFrom.lastIndexOf('@') + 1)];
  const [account, ...verified] = await Promise.all([
    client.send(new GetAccountCommand({}), send),
    ...identities.map(isVerified),
  ]);
  return {
    production: account.ProductionAccessEnabled === true,
    sending: account.SendingEnabled === true,
    verified: verified.includes(true),
  };
}
