import type { RunningStack } from './running-stack.ts';

export interface Account {
  readonly id: string;
  readonly token: string;
}

/** Users of a stack by their names, and requests in their name. */
export function namedUsers(stack: Pick<RunningStack, 'request' | 'user'>) {
  const users = new Map<string, Account>();
  const user = (name: string): Account => {
    const found = users.get(name);
    if (!found) throw new Error(`no user ${name}`);
    return found;
  };
  const ask = (name: string, method: string, path: string, body?: unknown) =>
    stack.request(method, path, { token: user(name).token, ...(body === undefined ? {} : { body }) });
  return {
    user,
    ask,
    register: async (names: readonly string[]) => {
      for (const name of names) users.set(name, await stack.user(name));
    },
    /** Requests a group with its creator and other members. */
    create: (name: string, workflow: string, members: readonly string[] = []) =>
      ask(name, 'POST', `/workflows/${workflow}/groups`, {
        name: `Group ${Math.random()}`,
        members: members.map((one) => user(one).id),
      }),
  };
}
