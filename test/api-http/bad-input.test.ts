import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { expectRejections } from './expect-rejections.ts';
import { rawRequest } from './raw-request.ts';
import { quiet } from './stored.ts';

const stack = useStack({ check: 'faults' });
let alice: { id: string; token: string };
let group: string;
let run: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  await stack.install(fixture('hello-world'), { id: 'HW' });
  group = await stack.group('HW', alice.token, 'Group');
  const started = await stack.greet(group, alice.token, 'Ann\n', [{ name: 'sleeptime', value: 0 }]);
  run = (await stack.ended(started.id, alice.token)).id;
  await quiet(stack.services);
});

const expectRejected = (requests: Parameters<typeof expectRejections>[1], ...statuses: number[]) =>
  expectRejections(stack.services, requests, ...statuses);

describe('the arguments and the configuration of a run', () => {
  const start = (body: unknown) => () =>
    stack.request('POST', `/groups/${group}/runs`, { token: alice.token, body });

  it('are rejected if they do not fit the parameters', async () => {
    const file = (value: unknown) => [{ name: 'names', value }];
    await expectRejected(
      [
        {},
        { arguments: null },
        { arguments: 'names' },
        { arguments: { names: 'x' } },
        { arguments: [null] },
        { arguments: [[]] },
        { arguments: [{}] },
        { arguments: [{ name: 'names' }] },
        { arguments: [{ name: 1, value: 1 }] },
        { arguments: [{ name: 'unknown', value: 1 }] },
        { arguments: [{ name: 'constructor', value: 1 }] },
        { arguments: file('names.txt') },
        { arguments: file(null) },
        { arguments: file({ type: '$dir', value: {} }) },
        { arguments: file({ type: '$file', value: { id: 'x' } }) },
        { arguments: file({ type: '$file', value: { fileId: 1 } }) },
        { arguments: file({ type: '$file', value: { fileId: 'x', other: 1 } }) },
      ].map(start),
      400,
    );
    await expectRejected(
      ['unknown', '', '..', `${group}`, 'x'.repeat(5000), '__proto__'].map((fileId) =>
        start({ arguments: file({ type: '$file', value: { fileId } }) }),
      ),
      400,
      404,
    );
  });

  it('are rejected if a target path leaves the folder of the run', async () => {
    const upload = await stack.upload(group, alice.token, 'names.txt', 'x');
    const { id: fileId } = upload.json;
    const paths = [
      '/etc/passwd',
      '../up',
      'a/../../up',
      'code/greet.py',
      '.',
      'a\u0000b',
      'x'.repeat(5000),
      1,
      {},
    ];
    await expectRejected(
      paths.map((targetPath) =>
        start({ arguments: [{ name: 'names', value: { type: '$file', value: { fileId, targetPath } } }] }),
      ),
      400,
    );
  });

  it('are fixed once the run has ended: it accepts no changes', async () => {
    const change = (method: string, body: unknown) => () =>
      stack.request(method, `/runs/${run}`, { token: alice.token, body });
    await expectRejected(
      [
        change('PUT', undefined),
        change('PUT', {}),
        change('PUT', { reason: 'late' }),
        change('PUT', { reason: 1 }),
        change('PUT', { reason: 'x'.repeat(20_000) }),
        change('PUT', { messgae: 'x' }),
        change('PUT', '[]'),
      ],
      400,
    );
  });
});

describe('identifiers in a path', () => {
  it('are unknown objects if they are malformed', async () => {
    const ids = [
      '..',
      '.',
      'META',
      'a%23META',
      '%2e%2e',
      '%00',
      '%E8%AA%9E',
      'x'.repeat(1900),
      '%20',
      '__proto__',
      '*',
    ];
    const paths = (id: string) => [
      `/workflows/${id}/groups`,
      `/workflows/${id}/leaderboard`,
      `/groups/${id}/runs`,
      `/uploads/${id}/files`,
      `/uploads/${group}/files/${id}`,
      `/runs/${id}/downloads/archive`,
      `/runs/${run}/downloads/files/${id}`,
    ];
    const { pathname } = new URL(stack.url);
    const headers = { api_key: alice.token };
    await expectRejected(
      ids.flatMap(paths).map((path) => () => rawRequest(stack.url, { path: pathname + path, headers })),
      404,
    );
  });
});

describe('query parameters', () => {
  it('of the leaderboard are read exactly as written, or rejected', async () => {
    const leaderboard = (query: string) => stack.request('GET', `/workflows/HW/leaderboard${query}`);
    for (const query of [
      '?orderBy=',
      '?orderBy=&includeAll=False',
      '?x=1&x=2',
      '?includeAll',
      '?orderBy=,',
      '?orderBy=max_len',
    ]) {
      expect((await leaderboard(query)).status, query).toBe(200);
    }
    const wrong = ['none', '__proto__', 'constructor', ':asc', 'a:b:c', 'x'.repeat(5000)];
    await expectRejected(
      wrong.map((order) => () => leaderboard(`?orderBy=${order}`)),
      400,
    );
  });

  it('of lists count as no filter if they are empty', async () => {
    const all = await stack.request('GET', `/groups/${group}/runs`, { token: alice.token });
    for (const query of ['?state=null', '?other=%FF', '?__proto__=x', '?%', '?state=undefined']) {
      const response = await stack.request('GET', `/groups/${group}/runs${query}`, { token: alice.token });
      expect(response.status, query).toBe(200);
      expect(response.json).toEqual(all.json);
    }
    const lost = await stack.request('GET', `/groups/${group}/runs?state=%FF`, { token: alice.token });
    expect([lost.status, lost.json.message]).toEqual([400, 'invalid state: it is not Unicode text']);
  });
});
