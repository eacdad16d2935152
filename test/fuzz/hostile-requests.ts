import type { Random } from '@flowserv/local-aws';
import { pathOf, type Route } from '../../shared/api/routes/route.ts';
import { type RouteKey, routes } from '../../shared/api/routes.ts';

/** Existing objects, by the variable that refers to them. */
export interface Names {
  readonly variables: Readonly<Record<string, readonly string[]>>;
  /** Tokens of sessions, members' and others'. */
  readonly tokens: readonly string[];
  /** A valid body of each route. */
  readonly bodies: Partial<Record<RouteKey, object>>;
}

export interface HostileRequest {
  /** Undefined if the path belongs to no route. */
  readonly route: Route | undefined;
  readonly method: string;
  /** Path and query relative to the base URL, as they are sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'];

/** Texts that broke servers before. */
const TEXTS = [
  ...['', ' ', '.', '..', '../../etc/passwd', '..\\..\\x', '/', '//', 'a/b', 'a#b', 'a?b', 'a%00b', '\u0000'],
  ...['__proto__', 'constructor', 'toString', 'null', 'undefined', 'None', 'NaN', 'true', '-1', '0', '1e999'],
  ...[
    'ünï',
    '日本',
    '👩‍🔬',
    '\ud800',
    '\u202e',
    '\ufeff',
    "'; DROP TABLE x; --",
    '<script>',
    '${jndi:x}',
    '$(id)',
    '`id`',
  ],
  ...[
    '{state}',
    '%',
    '%zz',
    '%2e%2e%2f',
    '*',
    'a:asc',
    ':',
    ',',
    'len:desc,len',
    'A'.repeat(300),
    'A'.repeat(3000),
  ],
];

const WHOLE_BODIES = [
  ...[
    '',
    ' ',
    'null',
    'true',
    '1',
    '"x"',
    '[]',
    '[{}]',
    '{',
    '{}',
    '{"a":',
    '{"a":1,}',
    'NaN',
    '\u0000',
    '{"__proto__":{}}',
  ],
  ...[
    '{"constructor":{"prototype":{}}}',
    `${'['.repeat(20_000)}`,
    `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
  ],
  ...['{"name":"\\ud800"}', '{"name":1e999}', '\ufeff{}', '{"name":"x","name":"y"}', '<xml/>', 'a=b&c=d'],
];

const CONTENT_TYPES = [
  ...['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''],
  ...['multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'x'],
];

/** Creates requests that are mostly right, with some mistakes. */
export function createHostileRequests(random: Random, names: () => Names) {
  const chance = (probability: number): boolean => random() < probability;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const anything = (): unknown =>
    pick<() => unknown>([
      () => pick(TEXTS),
      () => pick([0, -1, 1.5, 1e308, -0, 2 ** 53, 4_294_967_296]),
      () => pick([null, true, false]),
      () => [],
      () => [anything()],
      () => ({}),
      () => ({ [pick(TEXTS)]: anything(), name: anything() }),
      () => Array.from({ length: 1500 }, () => 'x'),
      () => ({ type: pick(['$file', '$record', 'x']), value: anything() }),
    ])();

  /** The same value with one change somewhere in it. */
  const mutated = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || chance(0.3)) return anything();
    if (Array.isArray(value))
      return value.length === 0 ? [anything()] : value.map((entry) => (chance(0.5) ? mutated(entry) : entry));
    const entries = Object.entries(value);
    const index = Math.floor(random() * (entries.length + 1));
    const [name, content] = entries[index] ?? [pick(TEXTS), anything()];
    if (chance(0.2)) return Object.fromEntries(entries.filter(([other]) => other !== name));
    return { ...value, [name]: mutated(content) };
  };

  const variable = (name: string): string => {
    if (chance(0.75)) return pick(names().variables[name] ?? ['x']);
    if (chance(0.3)) return pick(names().variables[pick(Object.keys(names().variables))] ?? ['x']);
    const text = pick(TEXTS);
    return chance(0.2) ? text.replace(/[^\x21-\x7e]/g, '') : encodeURIComponent(text.toWellFormed());
  };

  const target = (route: Route | undefined): string => {
    // Groups and runs are deleted rarely: creating them again takes longer than all the requests in between.
    const spared = (route?.key === 'groups:delete' || route?.key === 'runs:delete') && chance(0.95);
    const pattern = route
      ? pathOf(route)
      : pick(['x', 'users/x', 'groups', 'internal/steps/inputs', '..', '%', 'users//login', 'a/b/c/d/e/f']);
    const path = pattern.replace(/\{(\w+)\}/g, (_all, name: string) => (spared ? 'spared' : variable(name)));
    const known = Object.keys(route?.query?.shape ?? {});
    const query = [...known, ...(chance(0.1) ? [pick(TEXTS)] : [])]
      .filter(() => chance(0.4))
      .map((name) => {
        const value = chance(0.3)
          ? pick(['1', '2', 'len', 'len:asc', 'json', 'SUCCESS', 'true', 'a'])
          : pick(TEXTS);
        return `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`;
      });
    return `/${path}${chance(0.02) ? '/' : ''}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  };

  const form = (): Buffer => {
    const field = pick(['file', 'files', 'other', '']);
    const name = pick(TEXTS).toWellFormed();
    const part = `--x\r\ncontent-disposition: form-data; name="${field}"; filename="${name}"\r\n\r\ncontent\r\n`;
    const end = pick(['--x--\r\n', '--x--\r\n', '--x', '']);
    return Buffer.from(part + end);
  };

  const body = (route: Route | undefined): Buffer | undefined => {
    if (chance(0.1)) return Buffer.from(pick(WHOLE_BODIES));
    if (chance(0.02)) return Buffer.from([0xff, 0xfe, 0x7b, 0x80, 0x7d]);
    if (route?.body?.kind === 'file') return form();
    if (route?.body?.kind !== 'json') return chance(0.1) ? Buffer.from('{}') : undefined;
    const good = names().bodies[route.key as RouteKey] ?? {};
    const wrong = chance(0.8) ? mutated(good) : good;
    return Buffer.from(JSON.stringify(wrong) ?? '');
  };

  const headers = (route: Route | undefined): Record<string, string> => {
    // Sessions end rarely, since few of the other requests make sense without one.
    const valid = chance(route?.key === 'users:logout' ? 0.05 : 0.85);
    const token = valid ? pick(names().tokens) : pick(['', 'null', 'x', 'Bearer', 'A'.repeat(2000)]);
    const type = route?.body?.kind === 'file' ? 'multipart/form-data; boundary=x' : 'application/json';
    return {
      ...(chance(0.95) ? { api_key: token } : {}),
      ...(chance(0.9) ? { 'content-type': type } : { 'content-type': pick(CONTENT_TYPES) }),
      ...(chance(0.05) ? { 'idempotency-key': pick(['k', 'a b', 'x'.repeat(300), '']) } : {}),
      ...(chance(0.05) ? { 'if-none-match': pick(['*', '"x"', 'W/"x"', ',,,', '"']) } : {}),
      ...(chance(0.05) ? { range: pick(['bytes=0-0', 'bytes=9999-', 'x', 'bytes=-1']) } : {}),
      ...(chance(0.05)
        ? { authorization: pick(['Bearer x', 'Bearer ', 'Basic eDp4', `Bearer ${token}`]) }
        : {}),
      ...(chance(0.05)
        ? { cookie: pick(['__Host-flowserv=x', '=', ';;;', `__Host-flowserv=${token}`]) }
        : {}),
      ...(chance(0.1) ? { origin: pick(['http://page.example', 'http://localhost:3000', 'null']) } : {}),
    };
  };

  return (): HostileRequest => {
    const route: Route | undefined = chance(0.97) ? pick<Route>(routes) : undefined;
    const method = route && chance(0.9) ? pick(route.methods) : pick(METHODS);
    const content = method === 'GET' || method === 'HEAD' ? undefined : body(route);
    return { route, method, target: target(route), headers: headers(route), body: content };
  };
}
