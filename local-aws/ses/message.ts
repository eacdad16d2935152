import type { SendEmailRequest } from './send-email-request.ts';

/** What SES adds to a message. */
interface MessageIdentity {
  readonly messageId: string;
  readonly region: string;
  readonly date: Date;
}

/**
 * Formats a message by RFC 5322, so that a mail program can open it and a person can read it: bodies are plain UTF-8.
 * `X-Envelope-To` lists blind copies, because the file is the only record of the delivery.
 */
export function formatMessage(request: SendEmailRequest, identity: MessageIdentity): string {
  const { to, cc, bcc } = request.Destination;
  const { Subject: subject, Body: body } = request.Content.Simple;
  const replyTo = request.ReplyToAddresses ?? [];
  const headers = [
    `From: ${encodeAddress(request.FromEmailAddress)}`,
    ...addressHeader('To', to),
    ...addressHeader('Cc', cc),
    ...addressHeader('Reply-To', replyTo),
    ...(bcc.length > 0 ? addressHeader('X-Envelope-To', [...to, ...cc, ...bcc]) : []),
    `Subject: ${encodeWords(subject.Data)}`,
    `Date: ${identity.date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${identity.messageId}@${identity.region}.amazonses.com>`,
    'MIME-Version: 1.0',
  ];
  const parts = [
    ...(body.Text ? [textPart('plain', body.Text.Data)] : []),
    ...(body.Html ? [textPart('html', body.Html.Data)] : []),
  ];
  const [only] = parts;
  const content = parts.length === 1 && only ? only : multipart(parts, `=_${identity.messageId}`);
  return `${[...headers, ...content.headers].join('\r\n')}\r\n\r\n${content.text}`;
}

interface MimePart {
  readonly headers: readonly string[];
  readonly text: string;
}

function textPart(subtype: 'plain' | 'html', text: string): MimePart {
  return {
    headers: [`Content-Type: text/${subtype}; charset=utf-8`, 'Content-Transfer-Encoding: 8bit'],
    text: `${text.replace(/\r?\n/g, '\r\n')}\r\n`,
  };
}

/** Alternatives of the same content, the richest last (RFC 2046, 5.1.4). */
function multipart(parts: readonly MimePart[], boundary: string): MimePart {
  const blocks = parts.map((part) => `--${boundary}\r\n${part.headers.join('\r\n')}\r\n\r\n${part.text}`);
  return {
    headers: [`Content-Type: multipart/alternative; boundary="${boundary}"`],
    text: `${blocks.join('\r\n')}\r\n--${boundary}--\r\n`,
  };
}

const addressHeader = (name: string, list: readonly string[]) =>
  list.length > 0 ? [`${name}: ${list.map(encodeAddress).join(', ')}`] : [];

/** Only the display name of `Name <address>` may need encoding. */
function encodeAddress(address: string): string {
  const [, name, spec] = /^(.*)(<[^<>]+>)$/.exec(address) ?? [];
  return name && spec ? `${encodeWords(name.trimEnd())} ${spec}` : address;
}

/** Text beyond ASCII as encoded words of at most 75 characters (RFC 2047, section 2). */
function encodeWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const words: string[] = [];
  let current = '';
  for (const character of text) {
    // 45 bytes give 60 characters of base64, 72 with `=?UTF-8?B?` and `?=`.
    if (Buffer.byteLength(current + character) > 45) {
      words.push(current);
      current = '';
    }
    current += character;
  }
  return [...words, current]
    .map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`)
    .join('\r\n ');
}
