import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { expectRejections } from './expect-rejections.ts';
import { rawRequest } from './raw-request.ts';

const stack = useStack({ check: 'faults' });
let alice: { id: string; token: string };
let group: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  await stack.install(fixture('hello-world'), { id: 'HW' });
  group = await stack.group('HW', alice.token, 'Group');
});

/** A valid body for each route, and its elements of a fixed type. */
const bodies: readonly (readonly [
  path: string,
  body: Readonly<Record<string, unknown>>,
  ...typed: string[],
])[] = [
  ['/users/register', { username: 'x', password: 'x' }, 'username', 'password'],
  ['/users/activate', { id: 'x' }, 'id'],
  ['/users/login', { username: 'alice', password: 'x' }, 'username', 'password'],
  ['/users/password/request', { username: 'alice' }, 'username'],
  ['/users/password/reset', { requestId: 'x', password: 'x' }, 'requestId', 'password'],
  ['/workflows/HW/groups', { name: 'x' }, 'name', 'id', 'members', 'parameters', 'config', 'engine'],
  ['/groups/{group}', {}, 'name', 'members'],
  ['/groups/{group}/runs', {}, 'arguments', 'config'],
];
const fill = (path: string) => path.replace('{group}', group);
const post = (path: string, body: unknown) =>
  stack.request('POST', fill(path), {
    token: alice.token,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const expectRejected = (requests: Parameters<typeof expectRejections>[1], ...statuses: number[]) =>
  expectRejections(stack.services, requests, ...statuses);

describe('a JSON body', () => {
  it('is rejected if it is not an object', async () => {
    const wrong = [
      'null',
      'true',
      '0',
      '"text"',
      '[]',
      '[{}]',
      '{',
      '{"a":1,}',
      "{'a':1}",
      'NaN',
      '\u0000',
      '{}{}',
    ];
    await expectRejected(
      bodies.flatMap(([path]) => wrong.map((body) => () => post(path, body))),
      400,
    );
  });

  it('is rejected if an element has the wrong type or is unknown', async () => {
    const requests = bodies.flatMap(([path, body, ...typed]) => [
      ...typed.flatMap((key) => {
        const wrong: unknown[] = [0, 1.5, true, false, 1e300];
        if (!['arguments', 'members', 'parameters'].includes(key)) wrong.push([], [{}]);
        if (!['config', 'engine'].includes(key)) wrong.push({}, { length: 1 });
        if (!['id', 'name', 'username', 'password', 'requestId'].includes(key)) wrong.push('', 'text');
        return wrong.map((value) => () => post(path, { ...body, [key]: value }));
      }),
      ...['unknown', 'constructor', 'toString', 'hasOwnProperty', '', 'x'.repeat(10_000)].map(
        (key) => () => post(path, { ...body, [key]: 1 }),
      ),
      () => post(path, '{"__proto__": {"admin": true}}'),
    ]);
    await expectRejected(requests, 400);
  });

  it('is rejected if it has text that is not Unicode or numbers out of range', async () => {
    const texts = ['"\\ud800"', '"a\\udfffb"', '{"\\ud800": 1}', '[1e999]', '{"a": -1e999}'];
    const requests = bodies.flatMap(([path, body, ...typed]) =>
      typed.flatMap((key) =>
        texts.map(
          (text) => () => post(path, `${JSON.stringify({ ...body, [key]: 0 }).slice(0, -2)}${text}}`),
        ),
      ),
    );
    await expectRejected(requests, 400);
  });

  it('is rejected if names, passwords or ids are too long, whatever their length', async () => {
    const huge = ['x', '語'].map((character) => character.repeat(1_000_000));
    const requests = bodies.flatMap(([path, body, ...typed]) =>
      typed
        .filter((key) => ['id', 'name', 'username', 'password', 'requestId'].includes(key))
        .flatMap((key) => huge.map((text) => () => post(path, { ...body, [key]: text }))),
    );
    await expectRejected(requests, 400);
  });

  it('is rejected if it nests too deep', async () => {
    const depth = 100_000;
    const deep = ['['.repeat(depth) + ']'.repeat(depth), `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`];
    const requests = bodies.flatMap(([path, body, ...typed]) =>
      deep.flatMap((value) => [
        () => post(path, value),
        ...typed.map(
          (key) => () => post(path, `${JSON.stringify({ ...body, [key]: 0 }).slice(0, -2)}${value}}`),
        ),
      ]),
    );
    await expectRejected(requests, 400);
  });

  it('is accepted with any content type, and rejected if it is not UTF-8', async () => {
    const { pathname } = new URL(stack.url);
    const send = (contentType: string | undefined, content: string | Buffer, path = '/users/login') =>
      rawRequest(stack.url, {
        method: 'POST',
        path: pathname + path,
        headers: contentType === undefined ? {} : { 'content-type': contentType },
        body: content,
      });
    const types = [
      undefined,
      'text/plain',
      'application/json; charset=utf-8',
      'APPLICATION/JSON',
      'x',
      ';',
      'a/b;c=d',
    ];
    const body = JSON.stringify({ username: 'nobody' });
    for (const type of types) {
      expect((await send(type, body, '/users/password/request')).status, type).toBe(200);
    }
    const latin1 = Buffer.from(JSON.stringify({ username: 'zo\u00eb', password: 'x' }), 'latin1');
    const utf16 = Buffer.from(body, 'utf16le');
    await expectRejected(
      [() => send('application/octet-stream', latin1), () => send('application/octet-stream', utf16)],
      400,
    );
    // The gateway converts such a body to text, so the function never sees its bytes.
    await expectRejected(
      [() => send('application/json', latin1), () => send('application/json', utf16)],
      400,
    );
  });
});
