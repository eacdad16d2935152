import { beforeEach, expect, it } from 'vitest';
import { postJson } from '../../shared/notifications/post.ts';
import { respond, useReceiver } from './receiver.ts';

const receiver = useReceiver();
beforeEach(() => {
  receiver.received.length = 0;
});
const LOCAL = { webhooks: 'loopback' } as const;
const post = (url: string, webhooks: 'loopback' | 'public' = 'loopback', milliseconds?: number) =>
  postJson({ webhooks }, new URL(url), { 'x-test': 'yes' }, '{"a":1}', milliseconds);

it('sends the text as JSON, and returns the status', async () => {
  for (const status of [200, 204, 404, 500]) {
    receiver.state.answer = respond(status);
    expect(await post(`${receiver.url}/hook?a=b`)).toEqual({ status });
  }
  expect(receiver.received[0]).toMatchObject({
    path: '/hook?a=b',
    body: '{"a":1}',
    headers: {
      'content-type': 'application/json',
      'content-length': '7',
      'x-test': 'yes',
      connection: 'close',
    },
  });
});

it('follows no redirect', async () => {
  receiver.state.answer = respond(307, { location: `${receiver.url}/other` });
  expect(await post(receiver.url)).toEqual({ status: 307 });
  expect(receiver.received).toHaveLength(1);
});

it('does not wait for the body of a response that does not end', async () => {
  receiver.state.answer = (response) => void response.writeHead(200).write('x'.repeat(100_000));
  expect(await post(receiver.url)).toEqual({ status: 200 });
});

it('waits no longer for a receiver that does not respond in time', async () => {
  receiver.state.answer = () => {};
  expect(await post(receiver.url, 'loopback', 300)).toEqual({ problem: 'no response within 0.3 s' });
});

it('says by a code why there is no response, and no address', async () => {
  const closed = 'http://127.0.0.1:1/';
  expect(await post(closed)).toEqual({ problem: 'no response: ECONNREFUSED' });
  const tls = receiver.url.replace('http:', 'https:');
  expect(await post(tls)).toEqual({ problem: expect.stringMatching(/^no response: (EPROTO|ERR_SSL)/) });
});

it('connects to no address that is not on the internet', async () => {
  const { port } = new URL(receiver.url);
  for (const host of [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
  ]) {
    for (const protocol of ['http', 'https']) {
      expect(await post(`${protocol}://${host}:${port}/`, 'public'), host).toEqual({
        problem: 'the host has no public address',
      });
    }
  }
  expect(await postJson(LOCAL, new URL('https://169.254.169.254/latest'), {}, '')).toEqual({
    problem: 'the host has no public address',
  });
  expect(receiver.received).toEqual([]);
});
