import type { Config } from '../config.ts';
import type { Caller } from '../users/sessions.ts';
import { routes } from './routes.ts';
import { version } from './version.ts';

/** The service descriptor: where the API is and which routes it has (flowServ HTTP API, JSON objects). */
export function serviceDescriptor({ api, auth }: Config, caller: Caller) {
  return {
    name: api.name,
    version,
    url: api.url,
    routes: routes.map(({ key, pattern }) => ({ id: key, pattern })),
    ...(caller && auth === 'default' ? { username: caller.name } : {}),
  };
}
