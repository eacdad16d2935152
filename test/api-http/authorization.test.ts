import { beforeAll, describe, expect, it } from 'vitest';
import { login } from '../../shared/users/sessions.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { quiet, stored } from './stored.ts';

/** A request, and its status for an anonymous caller, a user outside the group, and a member. */
type Row = readonly [
  method: string,
  path: string,
  anonymous: number,
  stranger: number,
  member: number,
  body?: unknown,
];

/** Names in braces refer to the objects that `beforeAll` creates. */
const everywhere: readonly Row[] = [
  ['GET', '/', 200, 200, 200],
  ['GET', '/workflows', 200, 200, 200],
  ['GET', '/workflows/HWP', 200, 200, 200],
  ['GET', '/workflows/HWP/leaderboard', 200, 200, 200],
  ['GET', '/workflows/HWP/groups', 403, 200, 200],
  ['GET', '/workflows/HWP/downloads/archive', 200, 200, 200],
  ['GET', '/workflows/HWP/downloads/files/{comparison}', 200, 200, 200],
  ['GET', '/users', 403, 200, 200],
  ['GET', '/users/whoami', 403, 200, 200],
  ['GET', '/groups', 403, 200, 200],
  ['GET', '/groups/unknown', 403, 404, 404],
  ['PUT', '/groups/{group}', 403, 403, 200, {}],
  ['POST', '/groups/{group}', 403, 403, 200, {}],
  ['POST', '/groups/{group}', 403, 403, 404, { members: ['unknown'] }],
  ['POST', '/groups/{group}', 403, 400, 400, { unknown: 1 }],
  ['DELETE', '/groups/unknown', 403, 404, 404],
  ['GET', '/groups/{group}/runs', 403, 403, 200],
  ['GET', '/groups/unknown/runs', 403, 404, 404],
  ['POST', '/groups/{group}/runs', 403, 403, 400, { arguments: [] }],
  ['POST', '/groups/unknown/runs', 403, 404, 404, { arguments: [] }],
  ['GET', '/uploads/{group}/files', 403, 403, 200],
  ['GET', '/uploads/{group}/files/{upload}', 200, 200, 200],
  ['DELETE', '/uploads/{group}/files/unknown', 403, 403, 404],
  ['DELETE', '/uploads/unknown/files/{upload}', 403, 404, 404],
  ['GET', '/runs/{run}', 403, 403, 200],
  ['GET', '/runs/unknown', 403, 404, 404],
  ['PUT', '/runs/{run}', 403, 403, 400],
  ['PUT', '/runs/{run}', 403, 400, 400, { unknown: 1 }],
  ['DELETE', '/runs/unknown', 403, 404, 404],
  ['GET', '/runs/{run}/downloads/files/{result}', 200, 200, 200],
  ['GET', '/runs/{postproc}', 403, 200, 200],
  ['PUT', '/runs/{postproc}', 403, 403, 403],
  ['DELETE', '/runs/{postproc}', 403, 403, 403],
];

const rows = {
  members: [
    ...everywhere,
    ['GET', '/groups/{group}', 403, 403, 200],
    ['GET', '/runs/{run}/downloads/archive', 403, 403, 200],
  ],
  public: [
    ...everywhere,
    ['GET', '/groups/{group}', 403, 200, 200],
    ['GET', '/runs/{run}/downloads/archive', 200, 200, 200],
  ],
} as const satisfies Record<string, readonly Row[]>;

describe.each(['members', 'public'] as const)('reading for %s', (access) => {
  const stack = useStack({ env: { FLOWSERV_READ_ACCESS: access } });
  let alice: { id: string; token: string };
  let bob: { id: string; token: string };
  let invalidTokens: readonly (string | undefined)[];
  const made: Record<string, string> = {};

  beforeAll(async () => {
    [alice, bob] = await Promise.all([stack.user('alice'), stack.user('bob')]);
    await stack.install(fixture('hello-world-postproc'), { id: 'HWP' });
    const group = await stack.group('HWP', alice.token, 'Alice');
    const run = await stack.ended((await stack.greet(group, alice.token, 'Ann\n')).id, alice.token);
    const postproc = await stack.postproc('HWP', ({ state }) => state === 'SUCCESS');
    const [upload] = (await stack.request('GET', `/uploads/${group}/files`, { token: alice.token })).json
      .files;
    Object.assign(made, { group, run: run.id, result: run.files[0].id, upload: upload.id });
    Object.assign(made, { postproc: postproc.id, comparison: postproc.files[0].id });
    // DynamoDB does not remove items that expired more than five years ago ("Using time to live").
    const longAgo = { ...stack.services, now: () => new Date(Date.now() - 6 * 365 * 86_400_000) };
    await quiet(stack.services);
    const expired = await login(longAgo, 'alice', 'password of alice', '127.0.0.1');
    invalidTokens = [undefined, '', 'null', 'undefined', 'None', 'unknown', expired.token, `${alice.token}x`];
  });

  const fill = (path: string) => path.replace(/\{(\w+)\}/g, (_all, name: string) => made[name] ?? '');
  const ask = ([method, path, , , , body]: Row, token: string | undefined) =>
    stack.request(method, fill(path), { token, body });
  const outcome = (row: Row, status: number) => `${row[0]} ${row[1]} ${status}`;

  it('B3, D7, J13: rejects requests that need a user, with any invalid token', async () => {
    const before = await stored(stack.services);
    for (const token of invalidTokens) {
      for (const row of rows[access]) {
        const { status, json } = await ask(row, token);
        expect(outcome(row, status), String(token)).toBe(outcome(row, row[2]));
        if (status === 403) expect(json.message).toBe('not logged in');
      }
    }
    expect(await stored(stack.services)).toEqual(before);
  });

  it('D15, D21, D23, E6, E19, J13, L12: lets users outside the group read what is public, and change nothing', async () => {
    const before = await stored(stack.services);
    for (const row of rows[access]) {
      const { status, json } = await ask(row, bob.token);
      expect(outcome(row, status)).toBe(outcome(row, row[3]));
      if (status === 403) expect(json.message).toBe('not authorized');
    }
    const rejected = [
      await stack.upload(made.group ?? '', bob.token, 'names.txt', 'x'),
      await ask(['DELETE', '/groups/{group}', 403, 403, 204], bob.token),
      await ask(['DELETE', '/runs/{run}', 403, 403, 204], bob.token),
      await ask(['DELETE', '/uploads/{group}/files/{upload}', 403, 403, 204], bob.token),
      await ask(['PUT', '/groups/{group}', 403, 403, 200, { members: [bob.id] }], bob.token),
      await ask(['PUT', '/groups/{group}', 403, 403, 404, { members: ['unknown'] }], bob.token),
    ];
    expect(rejected.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    expect(await stored(stack.services)).toEqual(before);
  });

  it('L12: lets a member do everything except change the post-processing', async () => {
    for (const row of rows[access]) {
      const { status } = await ask(row, alice.token);
      expect(outcome(row, status)).toBe(outcome(row, row[4]));
    }
    for (const path of ['/uploads/{group}/files/{upload}', '/runs/{run}', '/groups/{group}']) {
      expect((await ask(['DELETE', path, 403, 403, 204], alice.token)).status).toBe(204);
    }
  });
});
