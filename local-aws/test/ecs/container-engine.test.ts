import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectContainerEngine, engineRunCall } from '../../ecs/container-engine.ts';

let folder: string;

/** A client program that behaves as the script says. */
async function client(name: string, script: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowserv-engine-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('detectContainerEngine', () => {
  it('takes docker when its server tells its version', async () => {
    const docker = await client('docker', '[ "$1 $3" = "version {{.Server.Version}}" ] && echo 27.3.1');

    const engine = await detectContainerEngine([docker, join(folder, 'podman')]);

    expect(engine).toEqual({ command: docker, version: '27.3.1' });
  });

  it('passes over a docker client without a server and takes podman', async () => {
    const docker = await client('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    const podman = await client('podman', '[ "$1" = info ] && echo 5.2.0');

    const engine = await detectContainerEngine([docker, podman]);

    expect(engine).toEqual({ command: podman, version: '5.2.0' });
  });

  it('finds nothing where no client is installed or none answers in time', async () => {
    const docker = await client('docker', 'exec sleep 60');

    const engine = await detectContainerEngine([docker, join(folder, 'missing')], 100);

    expect(engine).toBeUndefined();
  });
});

describe('engineRunCall', () => {
  it('gives mounts, limits and command as arguments, and values of variables only by environment', () => {
    const call = engineRunCall(
      't1',
      {
        name: 'step',
        image: 'python:3.13',
        entryPoint: ['/bin/sh', '-c'],
        command: ['. "$FS_CTL/step.sh"'],
        environment: { FS_TICKET: 'secret' },
        workingDirectory: '/flowserv/work',
        mounts: [{ volume: 'ctl', containerPath: '/flowserv/ctl', readOnly: true }],
        memoryMiB: 512,
        metadataId: 'm',
        toolPath: undefined,
      },
      (volume) => `/data/t1/${volume}`,
    );

    expect(call.arguments.join(' ')).toBe(
      'run --rm --init --name t1-step --network host --memory 512m --workdir /flowserv/work ' +
        '--mount type=bind,source=/data/t1/ctl,target=/flowserv/ctl,readonly --env FS_TICKET ' +
        '--entrypoint /bin/sh python:3.13 -c . "$FS_CTL/step.sh"',
    );
    expect(call.arguments.join(' ')).not.toContain('secret');
    expect(call.environment).toEqual({ FS_TICKET: 'secret' });
  });
});
