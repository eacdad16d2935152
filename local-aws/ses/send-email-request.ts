import * as z from 'zod';

/** 50, the most recipients of one message (SES quotas). */
const MAX_RECIPIENTS = 50;

/** Addresses and subjects become header lines: a line break in one would add lines of the sender's choice. */
const headerText = z.string().regex(/^[^\r\n\0]*$/, 'must not contain a line break');
const address = headerText.regex(/^[^@]*[^@\s<]@[^@\s>]+>?$/, 'must be an address');
const addresses = z.array(address).nullish();
const part = z.object({ Data: z.string(), Charset: z.string().nullish() });

const simple = z.strictObject({
  Subject: z.object({ Data: headerText, Charset: z.string().nullish() }),
  Body: z.object({ Text: part.nullish(), Html: part.nullish() }),
});

/** The part of SESv2 SendEmail that is supported: simple messages. Raw ones, templates and attachments are refused. */
export const sendEmailRequest = z.object({
  FromEmailAddress: address,
  Destination: z
    .object({ ToAddresses: addresses, CcAddresses: addresses, BccAddresses: addresses })
    .transform((given) => ({
      to: given.ToAddresses ?? [],
      cc: given.CcAddresses ?? [],
      bcc: given.BccAddresses ?? [],
    }))
    .refine(({ to, cc, bcc }) => to.length + cc.length + bcc.length > 0, 'needs a recipient')
    .refine(
      ({ to, cc, bcc }) => to.length + cc.length + bcc.length <= MAX_RECIPIENTS,
      'has too many recipients',
    ),
  ReplyToAddresses: addresses,
  Content: z.strictObject({ Simple: simple }),
});

export type SendEmailRequest = z.infer<typeof sendEmailRequest>;
