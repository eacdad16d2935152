import { beforeAll, expect } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { installTemplate, oneStep, start } from './install-template.ts';
import type { RunningStack } from './running-stack.ts';

const COLUMNS = `parameters: [{name: score, dtype: float}]
results:
  file: result.json
  schema: [{name: score, label: Score, dtype: float}]
`;

/** A benchmark in which a run has the score that is its argument. */
export const scoreTemplate = (more = '') =>
  oneStep([`printf '{"score": %s}' "$[[score]]" > result.json`], COLUMNS + more, ['result.json']);

/** A benchmark with its settings of the manifest and further sections of the template. */
interface Benchmark {
  readonly id: string;
  readonly settings?: string;
  readonly more?: string;
}

/** Requests about decisions on a ranking, in benchmarks with an organiser and a viewer. */
export function moderationRequests(stack: RunningStack, benchmarks: readonly Benchmark[]) {
  const tokens = { organiser: '', viewer: '' };
  beforeAll(async () => {
    tokens.organiser = (await stack.user('oscar')).token;
    tokens.viewer = (await stack.user('vera')).token;
    for (const { id, settings = '', more = '' } of benchmarks) {
      await installTemplate(stack, scoreTemplate(more), {}, { id }, settings);
      await giveRole(stack.services, 'operator', id, 'oscar', 'organiser');
      await giveRole(stack.services, 'operator', id, 'vera', 'viewer');
    }
  });

  const get = async (path: string, token: string) => (await stack.request('GET', path, { token })).json;
  const put = (path: string, token: string, body?: object) =>
    stack.request('PUT', path, { token, ...(body ? { body } : {}) });
  const remove = (path: string, token: string) => stack.request('DELETE', path, { token });
  const leaderboard = async (id: string, query = '') =>
    (await stack.request('GET', `/workflows/${id}/leaderboard${query}`)).json;
  return {
    tokens,
    get,
    put,
    remove,
    leaderboard,
    /** Name of the group and score of each row. */
    rows: async (id: string, query = ''): Promise<string[]> =>
      (await leaderboard(id, query)).ranking.map(
        ({ group, results }: { group: { name: string }; results: { value: number }[] }) =>
          `${group.name} ${results[0]?.value}`,
      ),
    /** The actions of the audit list, the newest first. */
    actions: async (id: string): Promise<string[]> =>
      (await get(`/workflows/${id}/audit`, tokens.organiser)).entries.map(
        ({ action }: { action: string }) => action,
      ),
    disqualify: (path: string, reason: string, visibility = 'public') =>
      put(`${path}/disqualification`, tokens.organiser, { reason, visibility }),
    readmit: (path: string) => remove(`${path}/disqualification`, tokens.organiser),
    /** A user with a group in a benchmark. */
    team: async (id: string, name: string) => {
      const { id: userId, token } = await stack.user(`${name} of ${id}`);
      const group = await stack.group(id, token, name);
      const score = async (value: number): Promise<string> => {
        const { json } = await start(stack, group, token, { score: value });
        expect((await stack.ended(json.id, token)).state).toBe('SUCCESS');
        return json.id;
      };
      return { userId, token, group, score };
    },
  };
}
