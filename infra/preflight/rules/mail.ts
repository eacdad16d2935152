import { fine, hurts, type Verdict } from '../finding.ts';

/** SES's state of the account and of the sender. */
export interface MailState {
  /** False in the sandbox. */
  readonly production: boolean;
  readonly sending: boolean;
  /** Whether the address or its domain is verified. */
  readonly verified: boolean;
}

export function judgeMail(
  mailFrom: string,
  { production, sending, verified }: MailState,
  region: string,
): Verdict[] {
  const verdicts: Verdict[] = [];
  if (!verified) {
    verdicts.push(
      hurts(
        `SES has not verified ${mailFrom} or its domain here, and rejects every mail of the stage.`,
        `aws sesv2 create-email-identity --email-identity ${mailFrom} --region ${region}`,
      ),
    );
  }
  if (!sending) {
    verdicts.push(
      hurts(
        'Sending is disabled for the account.',
        `aws sesv2 put-account-sending-attributes --sending-enabled --region ${region}`,
      ),
    );
  }
  if (!production) {
    verdicts.push(
      hurts(
        'SES is in its sandbox: mails reach verified addresses only, 200 a day. Request production access.',
        `aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL --website-url https://… --region ${region}`,
      ),
    );
  }
  return verdicts.length > 0 ? verdicts : [fine(`${mailFrom} is verified`)];
}
