/** A route of an HTTP API and its function. */
export interface GatewayRoute {
  /** `$default`, or method and path: `GET /pets/{id}`, `ANY /pets/{proxy+}`. */
  readonly routeKey: string;
  /** Name or ARN of the function. */
  readonly function: string;
}

export interface RouteMatch {
  readonly route: GatewayRoute;
  /** Values of the path variables; undefined for `$default` and for routes without any. */
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
}

export type RouteSelector = (method: string, path: string) => RouteMatch | undefined;

type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable' | 'greedy'; readonly name: string };

interface CompiledRoute {
  readonly route: GatewayRoute;
  readonly method: string;
  readonly segments: readonly Segment[];
}

/** How closely a segment matches. The first segment that differs decides between two routes. */
const CLOSENESS = { literal: 2, variable: 1, greedy: 0 } as const;

/**
 * Builds the route selection of an HTTP API: a full match first, then path variables, then a greedy variable, then
 * `$default`. For the same path, a specific method has precedence over ANY. Paths are compared decoded, character by
 * character, including a trailing slash.
 * Source: API Gateway Developer Guide, "Create routes for HTTP APIs", routing API requests.
 *
 * @throws Error for a malformed or duplicate route key
 */
export function createRouteSelector(routes: readonly GatewayRoute[]): RouteSelector {
  const fallback = routes.find((route) => route.routeKey === '$default');
  const keys = new Set(routes.map((route) => route.routeKey));
  if (keys.size !== routes.length) throw new Error('two routes of the gateway have the same route key');
  const compiled = routes
    .filter((route) => route !== fallback)
    .map(compile)
    .sort(closestFirst);
  return (method, path) => {
    const parts = path.slice(1).split('/');
    for (const candidate of compiled) {
      if (candidate.method !== 'ANY' && candidate.method !== method) continue;
      const values = matchSegments(candidate.segments, parts);
      if (values)
        return { route: candidate.route, pathParameters: values.size > 0 ? toRecord(values) : undefined };
    }
    return fallback && { route: fallback, pathParameters: undefined };
  };
}

function compile(route: GatewayRoute): CompiledRoute {
  const match = /^(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) (\/\S*)$/.exec(route.routeKey);
  const [, method, path] = match ?? [];
  if (method === undefined || path === undefined) throw malformed(route);
  const segments = path.slice(1).split('/').map(compileSegment);
  const greedy = segments.findIndex((segment) => segment?.kind === 'greedy');
  if (!segments.every((segment) => segment !== undefined)) throw malformed(route);
  if (greedy >= 0 && greedy < segments.length - 1) throw malformed(route);
  return { route, method, segments };
}

function compileSegment(text: string): Segment | undefined {
  if (!/[{}]/.test(text)) return { kind: 'literal', text };
  const [, name, plus] = /^\{([A-Za-z0-9._-]+)(\+?)\}$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  return { kind: plus ? 'greedy' : 'variable', name };
}

const malformed = (route: GatewayRoute) =>
  new Error(`'${route.routeKey}' is not a route key: '$default' or a method and a path is expected`);

function closestFirst(left: CompiledRoute, right: CompiledRoute): number {
  const length = Math.max(left.segments.length, right.segments.length);
  for (let index = 0; index < length; index += 1) {
    const difference = closeness(right.segments[index]) - closeness(left.segments[index]);
    if (difference !== 0) return difference;
  }
  return Number(left.method === 'ANY') - Number(right.method === 'ANY');
}

const closeness = (segment: Segment | undefined) => (segment ? CLOSENESS[segment.kind] : -1);

/** Returns the values of the variables, or undefined when the path does not match. A variable is never empty. */
function matchSegments(
  segments: readonly Segment[],
  parts: readonly string[],
): Map<string, string> | undefined {
  const values = new Map<string, string>();
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (part === undefined) return undefined;
    if (segment.kind === 'literal') {
      if (part !== segment.text) return undefined;
      continue;
    }
    const value = segment.kind === 'greedy' ? parts.slice(index).join('/') : part;
    if (value === '') return undefined;
    values.set(segment.name, value);
    if (segment.kind === 'greedy') return values;
  }
  return parts.length === segments.length ? values : undefined;
}

/** Own properties for all names, including `__proto__`. */
const toRecord = (values: ReadonlyMap<string, string>) => Object.fromEntries(values);
