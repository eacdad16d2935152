import { FlowservError } from '../../shared/errors.ts';
import { installTemplate, oneStep } from './install-template.ts';
import type { Reply, RunningStack } from './running-stack.ts';

/** Status, code and message of a response. */
export const reply = ({ status, json }: Pick<Reply, 'status' | 'json'>) => [status, json.code, json.message];

/** The number of calls that succeeded, as `started`, and of those that failed, by the code of their error. */
export function codes(results: readonly PromiseSettledResult<unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const result of results) {
    const code = codeOf(result);
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

function codeOf(result: PromiseSettledResult<unknown>): string {
  if (result.status === 'fulfilled') return 'started';
  return result.reason instanceof FlowservError ? result.reason.code : String(result.reason);
}

/** Requests about the limits of contests. */
export function contestRequests(stack: RunningStack) {
  const limitsOf = async (group: string, token: string): Promise<Reply['json']> =>
    (await stack.request('GET', `/groups/${group}/limits`, { token })).json;
  return {
    /** Installs a workflow whose contest has these limits. */
    contest: (id: string, limits: string) =>
      installTemplate(stack, oneStep(['true']), {}, { id }, `contest: {limits: ${limits}}\n`),
    limitsOf,
    /** What is left, by limit. */
    left: async (group: string, token: string): Promise<Record<string, number>> => {
      const { limits } = await limitsOf(group, token);
      return Object.fromEntries(
        limits.map((limit: { name: string; left: number }) => [limit.name, limit.left]),
      );
    },
    cancel: (run: string, token: string) => stack.request('PUT', `/runs/${run}`, { token }),
    create: (workflow: string, token: string, body: Record<string, unknown>) =>
      stack.request('POST', `/workflows/${workflow}/groups`, { token, body }),
  };
}
