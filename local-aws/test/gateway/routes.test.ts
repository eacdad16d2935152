import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRouteSelector } from '../../gateway/routes.ts';

const select = (...keys: string[]) => {
  const selector = createRouteSelector(keys.map((routeKey) => ({ routeKey, function: routeKey })));
  return (method: string, path: string) => {
    const match = selector(method, path);
    return match && { key: match.route.routeKey, parameters: match.pathParameters };
  };
};

const PETS = [
  '$default',
  'ANY /{proxy+}',
  'GET /pets/{proxy+}',
  'GET /pets/dog/{id}',
  'GET /pets/dog/1',
] as const;

describe('route selection', () => {
  it.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', undefined],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }],
    ['GET', '/pets/dog/2/toys', 'GET /pets/{proxy+}', { proxy: 'dog/2/toys' }],
    ['POST', '/pets/dog/1', 'ANY /{proxy+}', { proxy: 'pets/dog/1' }],
    ['POST', '/test/5', 'ANY /{proxy+}', { proxy: 'test/5' }],
    ['GET', '/', '$default', undefined],
  ])('sends %s %s to the closest route', (method, path, key, parameters) => {
    expect(select(...PETS)(method, path)).toEqual({ key, parameters });
  });

  it('prefers a specific method to ANY for the same path, in any order', () => {
    expect(select('ANY /a/{id}', 'GET /a/{id}')('GET', '/a/1')?.key).toBe('GET /a/{id}');
    expect(select('GET /a/{id}', 'ANY /a/{id}')('GET', '/a/1')?.key).toBe('GET /a/{id}');
    expect(select('GET /a/{id}', 'ANY /a/{id}')('PUT', '/a/1')?.key).toBe('ANY /a/{id}');
  });

  it('skips a closer route with another method', () => {
    expect(select('POST /a/b', 'GET /a/{id}')('GET', '/a/b')?.key).toBe('GET /a/{id}');
  });

  it('distinguishes a path with a trailing slash from one without', () => {
    const pick = select('GET /a', 'GET /a/{proxy+}');
    expect(pick('GET', '/a')?.key).toBe('GET /a');
    expect(pick('GET', '/a/')).toBeUndefined();
    expect(pick('GET', '/a/b/')).toEqual({ key: 'GET /a/{proxy+}', parameters: { proxy: 'b/' } });
  });

  it('decides by the first literal segment that differs', () => {
    const pick = select('GET /{a}/runs', 'GET /groups/{proxy+}');
    expect(pick('GET', '/groups/runs')?.key).toBe('GET /groups/{proxy+}');
  });

  it('finds no route without a default route', () => {
    expect(select('GET /a')('GET', '/b')).toBeUndefined();
  });

  it.each(['GET', 'FETCH /a', 'GET a', 'GET /{a+}/b', 'GET /{a', 'GET /x{a}', ''])(
    'rejects the route key "%s"',
    (routeKey) => {
      expect(() => createRouteSelector([{ routeKey, function: 'f' }])).toThrow(/not a route key/);
    },
  );

  it('rejects a duplicate route key', () => {
    expect(() => select('GET /a', 'GET /a')).toThrow(/same route key/);
  });

  it('returns the exact segments of any path', () => {
    const segment = fc.string({ minLength: 1 }).filter((text) => !text.includes('/'));
    fc.assert(
      fc.property(segment, segment, (first, second) => {
        const pick = select('GET /{first}/x/{__proto__}');
        const parameters = pick('GET', `/${first}/x/${second}`)?.parameters ?? {};
        return (
          Object.entries(parameters).length === 2 &&
          parameters.first === first &&
          Object.getOwnPropertyDescriptor(parameters, '__proto__')?.value === second
        );
      }),
    );
  });
});
