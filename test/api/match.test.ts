import { describe, expect, it } from 'vitest';
import { createMatcher, createRouter } from '../../shared/api/match.ts';
import { allRoutes, routes } from '../../shared/api/routes.ts';

const match = createMatcher(routes);

describe('the route table', () => {
  it('B4: has the 31 routes of flowServ once each, and our additional ones', () => {
    const keys = routes.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.slice(0, 31)).toContain('files:delete');
    expect(keys.slice(31)).toEqual([
      ...['files:direct:start', 'files:direct:parts', 'files:direct:complete', 'files:direct:abort'],
      ...['workflows:arguments', 'workflows:crate', 'runs:crate', 'runs:diff'],
      ...['runs:logs', 'runs:logs:stream'],
      ...[
        'members:list',
        'members:add',
        'members:remove',
        'workflows:audit',
        'workflows:runs',
        'workflows:registrations',
        'runs:output',
      ],
      ...['rescores:list', 'rescores:create', 'rescores:get', 'rescores:cancel'],
      ...['workflows:postproc', 'workflows:postproc:retry'],
      ...['archives:list', 'archives:create', 'archives:get'],
      ...['groups:restore', 'runs:restore'],
      ...['groups:limits', 'groups:chosen', 'groups:choose', 'groups:members:remove'],
      ...['groups:owner', 'groups:hand-over'],
      ...['invitations:create', 'invitations:list', 'invitations:accept', 'invitations:remove'],
      ...['workflows:moderation', 'groups:disqualify', 'groups:readmit', 'runs:disqualify', 'runs:readmit'],
      ...['runs:withdraw', 'runs:return', 'runs:baseline', 'runs:baseline:remove'],
      ...['workflows:pause', 'workflows:resume'],
      ...['announcements:list', 'announcements:create', 'announcements:remove'],
      ...['workflows:usage', 'runs:estimate'],
      ...['webhooks:list', 'webhooks:create', 'webhooks:change', 'webhooks:remove'],
      ...['webhooks:test', 'webhooks:deliveries', 'subscription:get', 'subscription:set'],
      ...['rules:get', 'rules:accept', 'rules:accepted', 'participation:get', 'participation:ask'],
      ...['participants:list', 'participants:decide'],
      ...['tokens:create', 'tokens:list', 'tokens:revoke', 'users:export', 'users:delete'],
      'workflows:versions',
      ...['versions:create', 'versions:get'],
      ...['sources:start', 'sources:parts', 'sources:complete', 'sources:remove'],
      ...['workflows:files', 'workflows:files:download', 'workflows:starter-kit', 'openapi'],
    ]);
  });

  it('B5: has a query part in the pattern of the leaderboard', () => {
    expect(routes.find(({ key }) => key === 'leaderboard')?.pattern).toContain('?');
  });
});

describe('the matcher', () => {
  it('B1: matches the base URL with and without a trailing slash', () => {
    expect(match('GET', '').route.key).toBe('service');
    expect(match('GET', '/').route.key).toBe('service');
  });

  it('does not decode variables, since the gateway already decoded them', () => {
    expect(match('GET', '/runs/a%20b').params).toEqual({ runId: 'a%20b' });
  });

  it('D17: accepts PUT and POST for an update', () => {
    expect(match('PUT', '/groups/g').route.key).toBe('groups:update');
    expect(match('POST', '/groups/g').route.key).toBe('groups:update');
  });

  it('B9: distinguishes an unknown route from a wrong method', () => {
    expect(() => match('GET', '/nothing')).toThrow(expect.objectContaining({ status: 404 }));
    expect(() => match('GET', '/users/login/')).toThrow(expect.objectContaining({ status: 404 }));
    expect(() => match('PATCH', '/groups/g')).toThrow(expect.objectContaining({ status: 405 }));
    expect(() => match('GET', '/workflows//leaderboard')).toThrow(expect.objectContaining({ status: 404 }));
  });

  it('rejects a path that is too long', () => {
    expect(() => match('GET', `/runs/${'x'.repeat(5000)}`)).toThrow(expect.objectContaining({ status: 404 }));
  });
});

describe('the router', () => {
  it.each(['/flowserv/api/v1', ''])(
    "finds the routes below the base path '%s', and those of GA4GH WES",
    (base) => {
      const route = createRouter(allRoutes, base);
      const keyOf = (path: string) => route('GET', path).route.key;
      expect(keyOf(`${base}/runs/r`)).toBe('runs:get');
      expect(keyOf(`${base}/`)).toBe('service');
      expect(keyOf('/ga4gh/wes/v1/runs/r')).toBe('wes:runs:get');
      expect(keyOf('/ga4gh/wes/v1/runs')).toBe('wes:runs:list');
      for (const path of [
        '/ga4gh/wes/v1',
        '/ga4gh/wes/v1/workflows',
        '/ga4gh/wes/v10/runs',
        '/ga4gh',
        '/x',
      ]) {
        expect(() => keyOf(path), path).toThrow(expect.objectContaining({ status: 404 }));
      }
    },
  );
});
