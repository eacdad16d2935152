import { FlowservError, unknownObject } from '../errors.ts';
import { type Endpoint, type Method, pathOf } from './routes/route.ts';

export interface Match<R extends Endpoint> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
}

/** Maximum length of a path; ids have at most 32 characters. */
const MAX_PATH_LENGTH = 2048;
/**
 * Maximum length of a variable. Its UTF-8 form, at most four times as many bytes, fits a sort key (DynamoDB, 1,024
 * bytes).
 */
const MAX_VARIABLE_LENGTH = 200;

/**
 * Creates the router for a list of routes. A literal segment takes precedence over a variable in the same position.
 * Paths are already decoded, as API Gateway's HTTP APIs pass them, and are not decoded again.
 */
export function createMatcher<R extends Endpoint>(routes: readonly R[]) {
  const prepared = routes.map((route) => ({ route, segments: pathOf(route).split('/') }));
  const literals = ({ segments }: { segments: readonly string[] }) =>
    segments.filter((segment) => !segment.startsWith('{')).length;
  prepared.sort((a, b) => literals(b) - literals(a));

  /**
   * Finds the route of a request.
   *
   * @param path relative to the base URL, percent-decoded, without query; one trailing slash is accepted for the
   *   service descriptor only
   * @throws FlowservError 404 for an unknown path, 405 for a known path with another method
   */
  return (method: string, path: string): Match<R> => {
    if (path.length > MAX_PATH_LENGTH) throw unknownRoute();
    const given = path.replace(/^\//, '').split('/');
    const fitting = prepared.filter(({ segments }) => fits(segments, given));
    if (fitting.length === 0) throw unknownRoute();
    const asked = method === 'HEAD' ? 'GET' : method;
    const found = fitting.find(({ route }) => route.methods.some((known) => known === asked));
    if (!found) {
      throw new MethodNotAllowed(
        method,
        fitting.flatMap(({ route }) => route.methods),
      );
    }
    const params: Record<string, string> = {};
    for (const [index, segment] of found.segments.entries()) {
      if (segment.startsWith('{')) params[segment.slice(1, -1)] = given[index] ?? '';
    }
    return { route: found.route, params };
  };
}

/**
 * Creates the router for routes below several base paths.
 *
 * @param basePath base path of the routes that have none of their own
 * @returns the match of a request with its whole path, which throws FlowservError 404 and 405 as a matcher does
 */
export function createRouter<R extends Endpoint>(routes: readonly R[], basePath: string) {
  const mounts = [...Map.groupBy(routes, ({ base = basePath }) => base)]
    // An API at the root contains all other bases.
    .toSorted(([left], [right]) => right.length - left.length)
    .map(([base, ofBase]) => ({ base, match: createMatcher(ofBase) }));
  return (method: string, path: string): Match<R> => {
    const mount = mounts.find(({ base }) => isBelow(base, path));
    if (!mount) throw unknownObject('route', path.slice(0, 200));
    return mount.match(method, path.slice(mount.base.length));
  };
}

/** Whether a path is a base path, or below it. */
export const isBelow = (base: string, path: string): boolean => path === base || path.startsWith(`${base}/`);

function fits(segments: readonly string[], given: readonly string[]): boolean {
  if (segments.length !== given.length) return false;
  return segments.every((segment, index) =>
    segment.startsWith('{') ? isVariable(given[index] ?? '') : segment === given[index],
  );
}

const isVariable = (text: string): boolean => text !== '' && text.length <= MAX_VARIABLE_LENGTH;

/** 405: the path exists, but only with other methods. */
export class MethodNotAllowed extends FlowservError {
  /** Value of the header `Allow`: the methods of the path (RFC 9110, section 15.5.6). */
  readonly allow: string;

  constructor(method: string, known: readonly Method[]) {
    super('route.method', `method ${method} not allowed`);
    this.allow = [...known, ...(known.includes('GET') ? ['HEAD'] : [])].join(', ');
  }
}

const unknownRoute = () => new FlowservError('route.unknown', 'unknown route');
