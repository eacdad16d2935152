import * as z from 'zod';

/** At most 50 recipients of one message (SES quotas). */
const MAX_RECIPIENTS = 50;

/** Addresses and subjects become header lines. A line break in one would let the sender add more headers. */
const headerText = z.string().regex(/^[^\r\n\0]*$/, 'must not contain a line break');
const address = headerText.regex(/^[^@]*[^@\s<]@[^@\s>]+>?$/, 'must be an address');
const addresses = z.array(address).nullish();
const part = z.object({ Data: z.string(), Charset: z.string().nullish() });

const simple = z.strictObject({
  Subject: z.object({ Data: headerText, Charset: z.string().nullish() }),
  Body: z.object({ Text: part.nullish(), Html: part.nullish() }),
});

/** The supported part of SESv2 SendEmail: simple messages. Raw messages, templates and attachments are rejected. */
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
