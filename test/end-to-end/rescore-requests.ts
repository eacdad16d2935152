import { giveRole } from '../../shared/members/members.ts';
import { oneStep, start } from './install-template.ts';
import { poll, type RunningStack } from './running-stack.ts';

/** A template whose scorer multiplies the submitted number by a factor, and fails for a number above 1000. */
export const scoring = (factor: number, column = 'score', more = '') =>
  oneStep(
    [
      'test "$[[number]]" -le 1000',
      `awk -v n="$[[number]]" 'BEGIN { printf "{\\"${column}\\": %s}", n * (${factor}) }' > result.json`,
    ],
    `parameters: [{name: number, dtype: int}]
results:
  file: result.json
  schema:
    - {name: ${column}, label: ${column}, dtype: float}
${more}`,
    ['result.json'],
  );

interface Row {
  readonly group: { readonly name: string };
  readonly results: readonly { readonly value: number }[];
  readonly run: { readonly id: string };
}

/** Requests to score runs again, of organisers and participants. */
export function rescoreRequests(stack: RunningStack) {
  const get = async (path: string, token?: string) => (await stack.request('GET', path, { token })).json;
  const ranking = async (id: string, query: string): Promise<readonly Row[]> =>
    (await get(`/workflows/${id}/leaderboard${query}`)).ranking;
  return {
    get,
    /** Groups, values and runs of a leaderboard. */
    rows: async (id: string, query = '') =>
      (await ranking(id, query)).map(({ group, results, run }) => [group.name, results[0]?.value, run.id]),
    /** Groups and values of a leaderboard. */
    scores: async (id: string, query = '') =>
      (await ranking(id, query)).map(({ group, results }) => [group.name, results[0]?.value]),
    values: async (id: string) => (await ranking(id, '?includeAll')).map(({ results }) => results[0]?.value),
    organiserOf: async (id: string) => {
      const name = `organiser of ${id}`;
      const { id: userId, token } = await stack.user(name);
      await giveRole(stack.services, 'operator', id, name, 'organiser');
      const find = (request: string) => get(`/workflows/${id}/rescores/${request}`, token);
      const create = (body: Record<string, unknown>) =>
        stack.request('POST', `/workflows/${id}/rescores`, { token, body });
      const finished = (request: string) =>
        poll(async () => {
          const found = await find(request);
          return found.finishedAt === undefined ? undefined : found;
        }, `request ${request} did not finish`);
      return {
        user: { id: userId, name },
        token,
        create,
        find,
        finished,
        /** The first run that scores another one again, once it exists. */
        firstRun: (request: string): Promise<string> =>
          poll(async () => (await find(request)).runs[0]?.rescoredBy, 'no run was started'),
        /** Creates a request and waits for its end. */
        rescore: async (body: Record<string, unknown>) => {
          const { status, json } = await create(body);
          if (status !== 201) throw new Error(JSON.stringify(json));
          return finished(json.id);
        },
      };
    },
    /** A user with a group in the workflow. */
    team: async (id: string, name: string, more: Record<string, unknown> = {}) => {
      const { token } = await stack.user(`${name} of ${id}`);
      const body = { name, ...more };
      const group: string = (await stack.request('POST', `/workflows/${id}/groups`, { token, body })).json.id;
      return {
        token,
        group,
        /** Runs to the end; returns the id. */
        submit: async (values: Record<string, unknown>, state = 'SUCCESS'): Promise<string> => {
          const { json } = await start(stack, group, token, values);
          const ended = await stack.ended(json.id, token);
          if (ended.state !== state) throw new Error(JSON.stringify(ended));
          return json.id;
        },
        handle: (run: string) => get(`/runs/${run}`, token),
      };
    },
  };
}
