import { describe, expect, it } from 'vitest';
import { ownNetworks } from '../../../infra/local/runners/task-networks.ts';

const read = (env: Readonly<Record<string, string>>) => ownNetworks(env, 'node:24');

describe('the network of tasks', () => {
  it('is one for each container by default', () => {
    expect(read({})).toBeUndefined();
    expect(read({ FLOWSERV_TASK_NETWORK: '' })).toBeUndefined();
    expect(read({ FLOWSERV_TASK_NETWORK: 'container', FLOWSERV_RUNNER: 'process' })).toBeUndefined();
  });

  it('is one for each task on request, with the services that the server sets', async () => {
    const own = read({
      FLOWSERV_TASK_NETWORK: 'task',
      FLOWSERV_RUNNER: 'engine',
      FLOWSERV_API_BIND: '0.0.0.0',
    });
    const endpoints = own?.networks.endpoints();
    own?.reach(['http://127.0.0.1:4711']);

    expect(own?.networks.image).toBe('docker.io/library/node:24');
    expect(await endpoints).toEqual(['http://127.0.0.1:4711']);
  });

  it.each([
    [{ FLOWSERV_TASK_NETWORK: 'host' }, "FLOWSERV_TASK_NETWORK is 'host'; choose container or task"],
    [{ FLOWSERV_TASK_NETWORK: 'task' }, 'needs a container engine; set FLOWSERV_RUNNER=engine'],
    [{ FLOWSERV_TASK_NETWORK: 'task', FLOWSERV_RUNNER: 'sandbox' }, 'needs a container engine'],
    [
      { FLOWSERV_TASK_NETWORK: 'task', FLOWSERV_RUNNER: 'engine', FLOWSERV_API_BIND: '192.0.2.1' },
      'needs S3 on loopback; set FLOWSERV_API_BIND=0.0.0.0',
    ],
  ])('rejects %j', (env, message) => {
    expect(() => read(env)).toThrow(message);
  });
});
