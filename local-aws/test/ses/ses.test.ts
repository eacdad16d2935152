import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCredentialLookup } from '../../aws/credentials.ts';
import { startSes } from '../../ses/ses.ts';

const KEYS = { accessKeyId: 'LOCALKEY', secretAccessKey: 'local-secret' };
const MAIL: SendEmailCommandInput = {
  FromEmailAddress: 'app@localhost',
  Destination: { ToAddresses: ['alice@example.com'] },
  Content: { Simple: { Subject: { Data: 'Reset' }, Body: { Text: { Data: 'Hello\nAlice' } } } },
};

let outboxDir: string;
let close: () => Promise<void>;
let client: SESv2Client;
let endpoint: string;
const onMessage = vi.fn();

beforeEach(async () => {
  outboxDir = join(await mkdtemp(join(tmpdir(), 'local-ses-')), 'outbox');
  const credentials = createCredentialLookup([KEYS]);
  const server = await startSes({ outboxDir, port: 0, region: 'us-east-1', credentials, onMessage });
  ({ endpoint, close } = server);
  client = new SESv2Client({ region: 'us-east-1', endpoint, credentials: KEYS, maxAttempts: 1 });
});

afterEach(async () => {
  onMessage.mockClear();
  client.destroy();
  await close();
  await rm(join(outboxDir, '..'), { recursive: true });
});

const outbox = async () => (await readdir(outboxDir).catch(() => [])).toSorted();
const read = async () => {
  const [name = ''] = await outbox();
  return readFile(join(outboxDir, name), 'utf8');
};
const send = (input: SendEmailCommandInput) => client.send(new SendEmailCommand(input));

describe('SendEmail', () => {
  it('stores a readable message in the outbox and returns its id', async () => {
    const { MessageId } = await send(MAIL);

    const [name, ...others] = await outbox();
    expect(others).toEqual([]);
    expect(name).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d-]+\\.\\d{3}Z-${MessageId}\\.eml$`));
    const message = await read();
    expect(message).toContain('From: app@localhost\r\n');
    expect(message).toContain('To: alice@example.com\r\n');
    expect(message).toContain('Subject: Reset\r\n');
    expect(message).toMatch(/\r\nDate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000\r\n/);
    expect(message).toContain(`Message-ID: <${MessageId}@us-east-1.amazonses.com>\r\n`);
    expect(message.endsWith('\r\n\r\nHello\r\nAlice\r\n')).toBe(true);
    expect(onMessage).toHaveBeenCalledExactlyOnceWith({
      to: ['alice@example.com'],
      path: join(outboxDir, name ?? ''),
    });
  });

  it('stores messages that only their owner can read', async () => {
    await send(MAIL);
    const [name = ''] = await outbox();
    expect((await stat(join(outboxDir, name))).mode & 0o777).toBe(0o600);
    expect((await stat(outboxDir)).mode & 0o777).toBe(0o700);
  });

  it('encodes text beyond ASCII for mail programs', async () => {
    await send({
      ...MAIL,
      FromEmailAddress: 'Jürgen <j@example.com>',
      Content: {
        Simple: { Subject: { Data: `Grüße ${'ö'.repeat(40)}` }, Body: { Text: { Data: 'Grüße, 日本' } } },
      },
    });

    const message = await read();
    expect(message).toContain('From: =?UTF-8?B?SsO8cmdlbg==?= <j@example.com>\r\n');
    const subject = /Subject: ((?:.|\r\n )+)\r\n/.exec(message)?.[1] ?? '';
    const decoded = subject
      .split('\r\n ')
      .map((word) => Buffer.from(word.replace(/^=\?UTF-8\?B\?|\?=$/g, ''), 'base64').toString())
      .join('');
    expect(decoded).toBe(`Grüße ${'ö'.repeat(40)}`);
    expect(subject.split('\r\n ').every((word) => word.length <= 75)).toBe(true);
    expect(message).toContain('Content-Type: text/plain; charset=utf-8');
    expect(message).toContain('\r\n\r\nGrüße, 日本\r\n');
  });

  it('stores text and HTML as alternatives, and lists blind copies', async () => {
    await send({
      ...MAIL,
      Destination: {
        ToAddresses: ['a@example.com'],
        CcAddresses: ['b@example.com'],
        BccAddresses: ['c@x.org'],
      },
      ReplyToAddresses: ['help@example.com'],
      Content: {
        Simple: { Subject: { Data: 'S' }, Body: { Text: { Data: 'plain' }, Html: { Data: '<b>rich</b>' } } },
      },
    });

    const message = await read();
    const boundary = /multipart\/alternative; boundary="([^"]+)"/.exec(message)?.[1] ?? 'none';
    const parts = message.split(`--${boundary}`);
    expect(parts).toHaveLength(4);
    expect(parts[1]).toContain('text/plain');
    expect(parts[2]).toContain('<b>rich</b>');
    expect(message).toContain('Cc: b@example.com\r\n');
    expect(message).toContain('Reply-To: help@example.com\r\n');
    expect(message).toContain('X-Envelope-To: a@example.com, b@example.com, c@x.org\r\n');
  });

  it('stores messages under names in the order of sending', async () => {
    const ids: (string | undefined)[] = [];
    for (let index = 0; index < 3; index += 1) {
      ids.push((await send(MAIL)).MessageId);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect((await outbox()).map((name) => name.slice(-40, -4))).toEqual(ids);
  });

  it.each<[string, SendEmailCommandInput]>([
    ['no recipient', { ...MAIL, Destination: {} }],
    ['51 recipients', { ...MAIL, Destination: { ToAddresses: Array(51).fill('a@example.com') } }],
    ['an invalid address', { ...MAIL, Destination: { ToAddresses: ['not an address'] } }],
    [
      'a line break in an address',
      { ...MAIL, Destination: { ToAddresses: ['a@example.com\r\nBcc: x@y.z'] } },
    ],
    ['no sender', { ...MAIL, FromEmailAddress: undefined }],
    [
      'a line break in the subject',
      { ...MAIL, Content: { Simple: { Subject: { Data: 'a\nX: b' }, Body: { Text: { Data: '' } } } } },
    ],
    ['no body', { ...MAIL, Content: { Simple: { Subject: { Data: 'a' }, Body: {} } } }],
    ['a raw message', { ...MAIL, Content: { Raw: { Data: Buffer.from('x') } } }],
    ['a template', { ...MAIL, Content: { Template: { TemplateName: 't' } } }],
  ])('rejects %s', async (_what, input) => {
    await expect(send(input)).rejects.toMatchObject({ name: 'BadRequestException' });
    expect(await outbox()).toEqual([]);
  });
});

describe('authentication', () => {
  it.each([
    [
      'an unknown key',
      { accessKeyId: 'OTHER', secretAccessKey: 'local-secret' },
      'UnrecognizedClientException',
    ],
    ['a wrong secret', { ...KEYS, secretAccessKey: 'wrong' }, 'InvalidSignatureException'],
  ])('rejects %s', async (_what, credentials, name) => {
    const stranger = new SESv2Client({ region: 'us-east-1', endpoint, credentials, maxAttempts: 1 });
    const rejection = await stranger.send(new SendEmailCommand(MAIL)).catch((error: unknown) => error);
    stranger.destroy();
    expect(rejection).toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
    expect(await outbox()).toEqual([]);
  });

  it('rejects a request without a signature', async () => {
    const response = await fetch(`${endpoint}/v2/email/outbound-emails`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(403);
    expect(await outbox()).toEqual([]);
  });
});
