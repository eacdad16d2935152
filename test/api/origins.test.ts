import { describe, expect, it } from 'vitest';
import { checkJsonType, checkOrigin, isTrustedOrigin } from '../../shared/api/origins.ts';
import { readConfig } from '../../shared/config.ts';

const settings = (FLOWSERV_ALLOWED_ORIGINS?: string, more: object = {}) =>
  readConfig({ FLOWSERV_ALLOWED_ORIGINS, ...more });

describe('an origin', () => {
  it.each([
    [undefined, 'http://localhost:3000', true],
    [undefined, 'https://127.0.0.9', true],
    [undefined, 'http://[::1]:8080', true],
    [undefined, 'http://localhost.example', false],
    [undefined, 'http://localhost:3000/', false],
    [undefined, 'null', false],
    [undefined, 'file://', false],
    ['*', 'null', true],
    ['https://a.example', 'https://a.example', true],
    ['https://a.example/', 'https://a.example', true],
    ['https://a.example', 'http://a.example', false],
    ['https://a.example', 'https://a.example:8443', false],
    ['https://a.example', 'http://localhost:3000', false],
    ['https://a.example, loopback', 'http://localhost:3000', true],
  ])('with the setting %j, trusts %s: %j', (setting, origin, trusted) => {
    expect(isTrustedOrigin(settings(setting), origin)).toBe(trusted);
  });

  it('always trusts the origin of the API itself', () => {
    const own = { FLOWSERV_API_PROTOCOL: 'https', FLOWSERV_API_HOST: 'api.example', FLOWSERV_API_PORT: '80' };
    expect(isTrustedOrigin(settings('https://a.example', own), 'https://api.example')).toBe(true);
  });

  it.each(['page.example', 'https://a.example/path', 'https://*.example', 'null'])(
    'rejects the malformed origin %j in the settings',
    (setting) => expect(() => settings(setting)).toThrow('FLOWSERV_ALLOWED_ORIGINS'),
  );
});

describe('a request of an untrusted page', () => {
  const origin = 'https://page.example';
  const check = (method: string, headers: object, more: object = {}) =>
    checkOrigin(settings(undefined, more), { method, headers: { origin, ...headers } });

  it('may only read, without credentials', () => {
    for (const method of ['GET', 'HEAD']) expect(() => check(method, {})).not.toThrow();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'get']) {
      expect(() => check(method, {})).toThrow('FLOWSERV_ALLOWED_ORIGINS');
    }
    for (const name of ['api_key', 'authorization']) {
      expect(() => check('GET', { [name]: '' })).toThrow(origin);
    }
  });

  it('may not even read under open authentication', () =>
    expect(() => check('GET', {}, { FLOWSERV_AUTH: 'open' })).toThrow(origin));

  it('is allowed if it has no origin, since no page sent it', () =>
    expect(() => checkOrigin(settings(), { method: 'POST', headers: {} })).not.toThrow());
});

describe('the content type of a JSON body', () => {
  const body = Buffer.from('{}');
  const check = (type: string | undefined, origin: string | undefined = 'http://localhost') =>
    checkJsonType({ origin, 'content-type': type }, body);

  it('must be application/json if a page sends it', () => {
    for (const type of ['application/json', 'Application/JSON ; charset=utf-8']) {
      expect(() => check(type)).not.toThrow();
    }
    for (const type of [undefined, '', 'text/plain', 'text/plain; application/json', 'application/jsonp']) {
      expect(() => check(type)).toThrow('application/json');
    }
  });

  it('is ignored for other clients, as in flowServ', () => {
    expect(() => checkJsonType({ 'content-type': 'text/plain' }, body)).not.toThrow();
    expect(() => checkJsonType({ origin: 'http://localhost' }, Buffer.alloc(0))).not.toThrow();
  });
});
