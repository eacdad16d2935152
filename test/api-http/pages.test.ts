import { beforeAll, describe, expect, it } from 'vitest';
import { fixture, type Reply } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

describe('pages of lists', () => {
  const stack = useStack({ env: { FLOWSERV_USER_LIST: 'all' } });
  let token = '';
  let group = '';
  const NAMES = ['adam', 'alice', 'Bea', 'carol', 'dora'];

  beforeAll(async () => {
    for (const name of NAMES) ({ token } = await stack.user(name));
    for (const id of ['C', 'A', 'B']) {
      await stack.install(fixture('hello-world'), { id, name: `Workflow ${id}` });
    }
    for (const name of ['one', 'two', 'three']) group = await stack.group('A', token, name);
    await stack.group('B', token, 'other');
    for (const content of ['Ann\n', 'Bob\n', 'Christopher\n'])
      await stack.greet(group, token, content, [{ name: 'sleeptime', value: 0 }]);
    const { json } = await stack.request('GET', `/groups/${group}/runs`, { token });
    for (const { id } of json.runs) await stack.ended(id, token);
    await stack.published('A');
  });

  const get = (path: string) => stack.request('GET', path, { token });
  /** Reads all pages, one by one. */
  const pages = async (path: string, key: string, limit: number): Promise<Reply['json'][][]> => {
    const found: Reply['json'][][] = [];
    let cursor: string | undefined;
    do {
      const more = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { status, json } = await get(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${more}`);
      expect(status, path).toBe(200);
      found.push(json[key]);
      cursor = json.nextCursor;
    } while (cursor !== undefined);
    return found;
  };

  it.each([
    ['users', '/users', 'users', 5],
    ['workflows', '/workflows', 'workflows', 3],
    ['groups', '/groups', 'groups', 4],
    ['groups of a workflow', '/workflows/A/groups', 'groups', 3],
    ['uploads', '/uploads/{group}/files', 'files', 3],
    ['runs', '/groups/{group}/runs', 'runs', 3],
    ['runs in a state', '/groups/{group}/runs?state=SUCCESS', 'runs', 3],
    ['the leaderboard', '/workflows/A/leaderboard?includeAll=true', 'ranking', 3],
  ])('of %s contain every entry once', async (_name, pattern, key, count) => {
    const path = pattern.replace('{group}', group);
    const whole = await get(path);
    expect(whole.json[key]).toHaveLength(count);
    expect(whole.json).not.toHaveProperty('nextCursor');
    const text = (entries: unknown[]) => entries.map((entry) => JSON.stringify(entry)).toSorted();
    for (const limit of [1, 2, count, 1000]) {
      const parts = await pages(path, key, limit);
      expect(parts.slice(0, -1).every((part) => part.length === limit)).toBe(true);
      expect(text(parts.flat())).toEqual(text(whole.json[key]));
    }
  });

  it('of users are in the order of names without regard to case, also with a prefix', async () => {
    const names = (await pages('/users', 'users', 2)).flat().map(({ username }) => username);
    expect(names).toEqual(NAMES);
    const some = (await pages('/users?query=a', 'users', 1)).flat().map(({ username }) => username);
    expect(some).toEqual(['adam', 'alice']);
  });

  it('of runs start with the newest runs, and each is in the order of creation', async () => {
    const whole = (await get(`/groups/${group}/runs`)).json.runs.map(({ id }: { id: string }) => id);
    const [first, second] = await pages(`/groups/${group}/runs`, 'runs', 2);
    expect([...(second ?? []), ...(first ?? [])].map(({ id }) => id)).toEqual(whole);
  });

  it('of the leaderboard follow its order', async () => {
    const path = '/workflows/A/leaderboard?includeAll=true';
    expect((await pages(path, 'ranking', 1)).flat()).toEqual((await get(path)).json.ranking);
  });

  it('B11: return 400 for malformed limits and cursors', async () => {
    for (const path of [
      '/users',
      '/workflows',
      '/groups',
      `/groups/${group}/runs`,
      '/workflows/A/leaderboard',
    ]) {
      for (const limit of ['0', '-1', '1001', '1.5', 'x', '1e99', 'NaN']) {
        const { status, json } = await get(`${path}?limit=${limit}`);
        expect([status, json?.code], `${path} ${limit}`).toEqual([400, 'request.query']);
      }
      for (const cursor of ['', '!', 'a', '=', 'A'.repeat(4000), 'A'.repeat(5000), '%ff']) {
        const { status } = await get(`${path}?cursor=${cursor}`);
        expect([400], `${path} ${cursor.slice(0, 20)}`).toContain(status);
      }
    }
  });

  it('are empty for a cursor after the last entry', async () => {
    const far = Buffer.from('~~~~').toString('base64url');
    expect((await get(`/users?cursor=${far}`)).json).toEqual({ users: [] });
    const end = Buffer.from('999999999').toString('base64url');
    expect((await get(`/workflows/A/leaderboard?cursor=${end}`)).json.ranking).toEqual([]);
  });
});
