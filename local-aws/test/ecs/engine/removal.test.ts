import { expect, it } from 'vitest';
import { removeInContainer } from '../../../ecs/engine/task-folder.ts';
import type { ContainerEngine } from '../../../index.ts';

it('a container that removes files has no network, few rights, and limits', async () => {
  const bodies: unknown[] = [];
  const machine = {
    processors: 2,
    limits: { memory: true, processor: true, processes: true },
    cgroups: { version: 2, driver: 'systemd' },
    libpod: false,
  } as const;
  const engine: ContainerEngine = {
    ...{ name: 'Docker', version: '27', rootless: false, hostNetwork: true, machine, description: 'Docker' },
    api: {
      async call({ path, body }) {
        if (body !== undefined) bodies.push(body);
        return path.endsWith('/wait') ? { StatusCode: 0 } : { Id: 'id' };
      },
      async *follow() {},
    },
    async close() {},
  };
  await removeInContainer(engine, `/tasks/${'a'.repeat(32)}`, ['image']);

  expect(bodies).toEqual([
    expect.objectContaining({
      User: '0',
      HostConfig: expect.objectContaining({
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        CapAdd: ['DAC_OVERRIDE', 'FOWNER'],
        SecurityOpt: ['no-new-privileges'],
        Memory: 256 * 1024 ** 2,
        MemorySwap: 256 * 1024 ** 2,
        PidsLimit: 16,
      }),
    }),
  ]);
});
