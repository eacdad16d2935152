import { readSource } from '../../shared/sources/folder.ts';
import { createWorkflow } from '../../shared/workflows/create.ts';
import { example } from '../end-to-end/running-stack.ts';
import type { Figure, Target } from './figure.ts';
import { type Load, loadRoute, type RequestMaker } from './load.ts';
import type { Measurement } from './measurement.ts';
import { participant } from './participant.ts';

/** Descriptor, workflow handle, whoami and group creation, each with eight clients. */
export const requests: Measurement = {
  name: 'requests',
  async measure({ server, services, sizes, say }) {
    const source = await readSource(example('hello-world'), {});
    const { id } = await createWorkflow(services, source, { ignorePostproc: true });
    const { token } = await participant(server.url);
    const headers = { api_key: token };
    const load = async (name: string, make: RequestMaker, target?: Target): Promise<Figure[]> => {
      say(name);
      return figuresOf(name, await loadRoute(server, make, sizes), target);
    };
    const createGroup: RequestMaker = (number) => ({
      method: 'POST',
      path: `/workflows/${id}/groups`,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: `Group ${number}` }),
    });
    return [
      ...(await load('descriptor', () => ({ path: '/' }), { atLeast: 500 })),
      ...(await load('workflow handle', () => ({ path: `/workflows/${id}` }), { atLeast: 300 })),
      ...(await load('whoami', () => ({ path: '/users/whoami', headers }))),
      // Last, as the handle of a user with many groups is longer.
      ...(await load('group creation', createGroup)),
    ];
  },
};

const figuresOf = (name: string, load: Load, target: Target | undefined): Figure[] => [
  { name: `${name}: requests`, value: load.perSecond, unit: 'requests/s', ...(target ? { target } : {}) },
  { name: `${name}: p50`, value: load.p50, unit: 'ms' },
  { name: `${name}: p99`, value: load.p99, unit: 'ms' },
  { name: `${name}: processor time of the server`, value: load.serverMs, unit: 'ms' },
];
