import { Agent, request as send } from 'node:http';
import { createRandom } from '@flowserv/local-aws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMatcher } from '../../shared/api/match.ts';
import { errorStatusesOf } from '../../shared/api/openapi.ts';
import type { Route } from '../../shared/api/routes/route.ts';
import { routes } from '../../shared/api/routes.ts';
import { login } from '../../shared/users/sessions.ts';
import { expectConsistency } from '../end-to-end/consistency.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { inputs } from '../thoroughness.ts';
import { createHostileRequests, type HostileRequest, type Names } from './hostile-requests.ts';

const REQUESTS = inputs(4_000, 20_000);
const SEED = Number(process.env.FLOWSERV_FUZZ_SEED ?? 1);
const AT_ONCE = 8;
const NAMES = ['alice', 'bob', 'carol'];
/** Deleted objects are created again after this number of requests. */
const ROUND = 250;

/**
 * Errors of the gateway and the router: a malformed path, another origin, an unknown path, a wrong method, a large
 * body.
 */
const ALWAYS = [400, 403, 404, 405, 413];

const match = createMatcher(routes);

/** The route that a request actually reaches: another method, or a slash in a variable, changes the route. */
function routeOf({ method, target }: HostileRequest): Route | undefined {
  try {
    return match(method, decodeURIComponent(target.split('?')[0] ?? '').replace(/\?.*$/s, '')).route;
  } catch {
    return undefined;
  }
}

function successOf(expected: Route['response']): number[] {
  if (expected.kind === 'json') return [expected.status];
  if (expected.kind === 'nothing') return [204];
  return expected.onDemand ? [200, 202, 302] : [200, 302];
}

function documented(hostile: HostileRequest): Set<number> {
  if (hostile.method === 'OPTIONS') return new Set([204]);
  const route = routeOf(hostile);
  // `routes` lacks those of the ticket broker, some of which return 403.
  if (!route) return new Set(ALWAYS);
  const { response: expected, conditional } = route;
  const success = successOf(expected);
  const rejections = errorStatusesOf(route).filter((status) => status < 500);
  return new Set([...success, ...(conditional ? [304] : []), ...rejections]);
}

describe(`${REQUESTS} hostile requests`, () => {
  const stack = useStack({ env: { FLOWSERV_CAPACITY: '2' } });
  let members: { id: string; token: string }[];
  let names: Names;
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

  beforeAll(async () => {
    members = await Promise.all(NAMES.map((name) => stack.user(name)));
    await stack.install(fixture('hello-world-postproc'), { id: 'HWP' });
    await makeNames();
  });
  afterAll(async () => {
    agent.destroy();
  });

  const renewSessions = async () => {
    for (const [index, { id, token }] of members.entries()) {
      if ((await stack.request('GET', '/users/whoami', { token })).status === 200) continue;
      const name = NAMES[index] ?? '';
      const session = await login(stack.services, name, `password of ${name}`, '192.0.2.1');
      members[index] = { id, token: session.token };
    }
  };

  /** Objects that requests may use; created again if an earlier request deleted them. */
  const makeNames = async () => {
    await renewSessions();
    const [alice, bob] = members as [(typeof members)[0], (typeof members)[0]];
    const group = await stack.group('HWP', alice.token, `Group ${Math.random()}`);
    const file = (await stack.upload(group, alice.token, 'names.txt', 'Ann\n')).json.id;
    const { id: run } = await stack.greet(group, alice.token, 'Ann\n');
    const { files = [] } = await stack.ended(run, alice.token);
    const begun = await stack.request('POST', `/uploads/${group}/direct`, {
      token: alice.token,
      body: { name: 'a', size: 1 },
    });
    const { postproc } = (await stack.request('GET', '/workflows/HWP')).json;
    const fileIds = [file, begun.json.id, ...files.map(({ id }: { id: string }) => id)];
    names = {
      variables: {
        workflowId: ['HWP', 'HWP', 'unknown'],
        userGroupId: [group],
        runId: [run, ...(postproc ? [postproc.id] : [])],
        fileId: [...fileIds, ...(postproc?.files ?? []).map(({ id }: { id: string }) => id)],
      },
      tokens: members.map(({ token }) => token),
      bodies: {
        'users:register': { username: 'dora', password: 'secret', verify: true },
        'users:activate': { id: bob.id },
        'users:login': { username: 'zoe', password: 'a guess' },
        'users:pwd:request': { username: 'nobody' },
        'users:pwd:reset': { requestId: 'unknown', password: 'new' },
        'groups:create': { name: 'Fuzz', members: [bob.id], config: {} },
        'groups:update': { name: 'Renamed', members: [alice.id] },
        'runs:start': { arguments: [{ name: 'names', value: { type: '$file', value: { fileId: 'x' } } }] },
        'runs:cancel': { reason: 'because' },
        'files:direct:start': { name: 'a.txt', size: 10, sha256: null },
        'files:direct:parts': { numbers: [1] },
        'files:direct:complete': { parts: [{ number: 1, etag: '"x"' }] },
      },
    };
  };

  const exchange = ({ method, target, headers, body }: HostileRequest) => {
    const { hostname, port, pathname } = new URL(stack.url);
    return new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
      const length = body ? { 'content-length': String(body.length) } : {};
      const options = { agent, hostname, port, method, path: pathname + target };
      const request = send({ ...options, headers: { ...headers, ...length } }, async (response) => {
        const text = Buffer.concat(await Array.fromAsync(response)).toString('utf8');
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text });
      });
      request.once('error', reject);
      request.end(body);
    });
  };

  /** No response may contain a secret of another user or of the server. */
  const isSecret = (text: string, shown: string) =>
    text.includes('scrypt$') ||
    text.includes('password of') ||
    members.some(({ token }) => text.includes(token) && !shown.includes(token));

  it('get documented responses, no 5xx and no secret, and leave the stored data consistent', async () => {
    const next = createHostileRequests(createRandom(SEED, 'requests'), () => names);
    const seen = new Map<string, number>();
    const wrong: string[] = [];
    const one = async () => {
      const hostile = next();
      const { status, type, text } = await exchange(hostile);
      const request = `${hostile.method} ${hostile.route?.key ?? '-'} ${status}`;
      seen.set(request, (seen.get(request) ?? 0) + 1);
      const complain = (why: string) => {
        const { target, headers, body } = hostile;
        const sent = [target, JSON.stringify(headers), body?.toString('utf8').slice(0, 300)].join(' ');
        wrong.push(`${request}: ${why}: ${sent.slice(0, 800)} -> ${text.slice(0, 300)}`);
      };
      if (!documented(hostile).has(status)) complain('not documented');
      if (isSecret(text, JSON.stringify(hostile.headers))) complain('a secret');
      if (status >= 400 && hostile.method !== 'HEAD') {
        const body = type === 'application/json' ? JSON.parse(text) : undefined;
        if (typeof body?.message !== 'string') complain('no message');
      }
    };
    for (let sent = 0; sent < REQUESTS && wrong.length === 0; sent += ROUND) {
      const length = Math.min(ROUND, REQUESTS - sent);
      const round = Array.from({ length }).values();
      const worker = async () => {
        for (const _ of round) await one();
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      const [group = ''] = names.variables.userGroupId ?? [];
      const lost =
        (await stack.request('GET', `/groups/${group}`, { token: members[0]?.token })).status !== 200;
      if (lost) await makeNames();
    }
    expect(wrong).toEqual([]);
    expect(stack.faults).toEqual([]);
    await expectConsistency(stack.services);
    if (process.env.FLOWSERV_FUZZ_STATISTICS) process.stdout.write(`${[...seen].sort().join('\n')}\n`);
  }, 1_800_000);
});
