import { describe, expect, it } from 'vitest';
import { fixture, runStack } from './running-stack.ts';

/** Loopback addresses other than 127.0.0.1 represent the addresses at which other hosts reach the server. */
describe('a server that listens on', () => {
  it.each([
    ['every address', { FLOWSERV_API_BIND: '0.0.0.0', FLOWSERV_API_HOST: '127.0.0.2' }, 'http://127.0.0.2:'],
    ['one address', { FLOWSERV_API_BIND: '127.0.0.3', FLOWSERV_API_HOST: '127.0.0.3' }, 'http://127.0.0.3:'],
    ['a proxied address', { FLOWSERV_FILES_URL: 'https://files.example.org/' }, 'https://files.example.org/'],
  ])('%s serves the API and its files there', async (_name, env, origin) => {
    const stack = await runStack(env, { isolate: false });
    try {
      const { token } = await stack.user('alice');
      await stack.install(fixture('hello-world'), { id: 'HW' });
      const group = await stack.group('HW', token, 'Alice');
      const { id } = await stack.greet(group, token, 'Ann\n', [{ name: 'sleeptime', value: 0 }]);
      const run = await stack.ended(id, token);
      expect(run.state).toBe('SUCCESS');
      const path = `/runs/${id}/downloads/files/${run.files[0].id}?link=json`;
      const { url } = (await stack.request('GET', path, { token })).json;
      expect(url.slice(0, origin.length)).toBe(origin);
      if (origin.startsWith('http:')) expect((await fetch(url)).status).toBe(200);
      expect(stack.faults).toEqual([]);
    } finally {
      await stack.close();
    }
  });
});
