import { createHmac, randomBytes } from 'node:crypto';

/** Secrets and signatures of the specification Standard Webhooks, version 1.0.0. */

const PREFIX = 'whsec_';
/** Bytes of a secret; the specification asks for 24 to 64. */
const SECRET_BYTES = 32;

export const newWebhookSecret = (): string => `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;

/** The headers by which a receiver verifies a message, and recognises one that it has. */
export function signedHeaders(
  secret: string,
  message: { readonly id: string; readonly at: Date; readonly body: string },
) {
  const seconds = String(Math.floor(message.at.getTime() / 1000));
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  const signature = createHmac('sha256', key)
    .update(`${message.id}.${seconds}.${message.body}`, 'utf8')
    .digest('base64');
  return {
    'webhook-id': message.id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature}`,
  };
}
