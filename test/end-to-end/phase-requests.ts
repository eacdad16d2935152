import { oneStep, start } from './install-template.ts';
import type { RunningStack } from './running-stack.ts';

/** A template whose result is the argument; a negative one fails. */
export const scoring = (more = '') =>
  oneStep(
    [`printf '{"score": %s}' "$[[score]]" > result.json`, 'test "$[[score]]" -ge 0'],
    `parameters: [{name: score, dtype: int}]
results:
  file: result.json
  schema:
    - {name: score, label: Score, dtype: float}
${more}`,
    ['result.json'],
  );

/** The times of two phases, by which of them is open. */
const TIMES = {
  before: ['opens: 2900-01-01T00:00Z, closes: 2900-02-01T00:00Z', 'opens: 2900-02-01T00:00Z'],
  dev: ['opens: 2020-01-01T00:00Z, closes: 2900-02-01T00:00Z', 'opens: 2900-02-01T00:00Z'],
  between: ['opens: 2020-01-01T00:00Z, closes: 2020-02-01T00:00Z', 'opens: 2900-02-01T00:00Z'],
  test: ['opens: 2020-01-01T00:00Z, closes: 2020-02-01T00:00Z', 'opens: 2020-02-01T00:00Z'],
  after: [
    'opens: 2020-01-01T00:00Z, closes: 2020-02-01T00:00Z',
    'opens: 2020-02-01T00:00Z, closes: 2020-03-01T00:00Z',
  ],
} as const;

/** The manifest's contest with two phases, `dev` and `test`, and more of each. */
export const contestAt = (
  time: keyof typeof TIMES,
  { dev = '', test = '', more = '' } = {},
): string => `contest:
  phases:
    - {id: dev, name: Development, ${TIMES[time][0]}${dev}}
    - {id: test, name: Final, ${TIMES[time][1]}${test}}
${more}`;

/** Requests about a contest with phases. */
export function phaseRequests(stack: RunningStack) {
  const get = async (path: string, token?: string) => (await stack.request('GET', path, { token })).json;
  return {
    get,
    /** The names of groups on a leaderboard, with their scores. */
    rows: async (id: string, query = '', token?: string): Promise<unknown[]> =>
      (await get(`/workflows/${id}/leaderboard${query}`, token)).ranking.map(
        ({ group, results }: { group: { name: string }; results: { value: number }[] }) => [
          group.name,
          results[0]?.value,
        ],
      ),
    /** A user with a group in the workflow. */
    team: async (id: string, name: string) => {
      const { id: userId, token } = await stack.user(`${name} of ${id}`);
      const group = await stack.group(id, token, name);
      return {
        userId,
        token,
        group,
        start: (score: number) => start(stack, group, token, { score }),
        score: async (score: number) => {
          const { json } = await start(stack, group, token, { score });
          await stack.ended(json.id, token);
          return get(`/runs/${json.id}`, token);
        },
      };
    },
  };
}
