import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../../ecs/engine/api.ts';
import type { ContainerEngine } from '../../../ecs/engine/container-engine.ts';
import { createContainer, removeContainer, startContainer } from '../../../ecs/engine/engine-containers.ts';
import { exitCodeOf } from '../../../ecs/engine/running-container.ts';
import { IMAGE, makeImage, missing, newTaskId, startEngine, type TestEngine } from './podman.ts';

let test: TestEngine;
beforeAll(async () => {
  if (missing) return;
  test = await startEngine();
  await makeImage(test.podman);
});
afterAll(() => test?.discard());

/** The engine, whose responses to changes are lost the first time. */
function losing({ engine }: TestEngine, before: boolean): ContainerEngine {
  const lost = new Set<string>();
  return {
    ...engine,
    api: {
      ...engine.api,
      async call(request) {
        const first = request.method === 'POST' && !lost.has(request.path);
        lost.add(request.path);
        if (first && before) throw new EngineError('socket hang up');
        const response = await engine.api.call(request);
        if (first) throw new EngineError('socket hang up');
        return response;
      },
    },
  };
}

describe.skipIf(missing)('a container whose engine restarts while it is started', () => {
  it.each([
    ['before the request had effect', true],
    ['after the request had effect', false],
  ])('is created and started once: %s', async (_, before) => {
    const engine = losing(test, before);
    const name = newTaskId();
    const folder = test.podman.folder;
    const id = await createContainer(engine, name, {
      Image: IMAGE,
      Cmd: ['sh', '-c', `echo started >> /out/${name}; exit 3`],
      HostConfig: { Binds: [`${folder}:/out`] },
    });
    await startContainer(engine, id);

    expect(await exitCodeOf({ engine: test.engine, id })).toBe(3);
    expect(await readFile(join(folder, name), 'utf8')).toBe('started\n');
    await removeContainer(test.engine, id);
  });
});
