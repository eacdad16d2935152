import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ContainerContext, containerConfig } from '../../../ecs/engine/container-config.ts';
import { containerLaunch } from '../launch.ts';

const machine: ContainerContext['engine']['machine'] = {
  processors: 2,
  limits: { memory: true, processor: true, processes: true },
  cgroups: { version: 2, driver: 'systemd' },
  libpod: false,
};

const context = (given: Partial<ContainerContext> = {}): ContainerContext => ({
  engine: { name: 'Docker', machine },
  image: { id: 'sha256:1', digest: 'sha256:2' },
  labels: { own: 'label' },
  network: 'none',
  isolated: true,
  task: { cpuUnits: 1024, memoryMiB: 2048, cgroup: undefined },
  volume: (name) => `/tasks/volumes/${name}`,
  ...given,
});

const podman = { name: 'Podman', machine } as const;
const hostConfig = (launch: object, given: Partial<ContainerContext> = {}) =>
  containerConfig(containerLaunch(launch), context(given)).HostConfig as Record<string, unknown>;

describe('the request that creates a container', () => {
  it('names exactly the image that was found, and omits what the definition does not set', () => {
    const config = containerConfig(containerLaunch({ labels: { own: 'of the definition' } }), context());

    expect(config).toMatchObject({ Image: 'sha256:1', Env: [], Labels: { own: 'label' } });
    for (const name of ['Entrypoint', 'Cmd', 'User', 'WorkingDir']) expect(config).not.toHaveProperty(name);
  });

  it('sets the limits of the task when the task has no control group', () => {
    expect(hostConfig({ cpu: 256 })).toMatchObject({
      Memory: 2 ** 31,
      MemorySwap: 2 ** 31,
      NanoCpus: 1e9,
      CpuShares: 256,
      PidsLimit: 2048,
    });
  });

  it('limits processors to those of the host, and omits limits that the engine does not enforce', () => {
    const task = { cpuUnits: 16_384, memoryMiB: 2048, cgroup: undefined };
    const none = { ...machine, limits: { memory: false, processor: false, processes: false } };
    const unlimited = hostConfig({ cpu: 256 }, { engine: { name: 'Docker', machine: none } });

    expect(hostConfig({}, { task })).toMatchObject({ NanoCpus: 2e9 });
    for (const name of ['Memory', 'NanoCpus', 'CpuShares', 'PidsLimit'])
      expect(unlimited).not.toHaveProperty(name);
  });

  it("sets a memory limit above that of the task's control group, and keeps the limit of the container", () => {
    const task = { cpuUnits: 1024, memoryMiB: 2048, cgroup: '/group' };

    expect(hostConfig({}, { task })).toMatchObject({ CgroupParent: '/group', Memory: 2049 * 2 ** 20 });
    expect(hostConfig({ memoryMiB: 64 }, { task })).toMatchObject({ Memory: 2 ** 26 });
  });

  it('never lets an isolated container gain privileges', () => {
    expect(hostConfig({}).SecurityOpt).toEqual(['no-new-privileges']);
    expect(hostConfig({}, { isolated: false }).SecurityOpt).toEqual([]);
  });

  it('adds no writable folders to a read-only root, although Podman does by default', () => {
    const mounts = [{ volume: 'work', containerPath: '/tmp', readOnly: false }];

    expect(hostConfig({ readonlyRootFilesystem: true })).toMatchObject({ ReadonlyRootfs: true, Tmpfs: {} });
    expect(hostConfig({ readonlyRootFilesystem: true, mounts }, { engine: podman })).toMatchObject({
      ReadonlyRootfs: true,
      Tmpfs: { '/run': 'ro', '/var/tmp': 'ro' },
      Binds: ['/tasks/volumes/work:/tmp:rw,z'],
    });
  });

  it('does not pass the proxies of Podman on, but keeps those of the definition', () => {
    const env = (launch: object) => containerConfig(containerLaunch(launch), context({ engine: podman })).Env;

    expect(env({})).toContain('http_proxy=');
    expect(env({ environment: { http_proxy: 'http://own' } })).toContain('http_proxy=http://own');
  });

  it.runIf(process.platform === 'linux')('limits open files within the limit of this process', () => {
    const openFiles = { soft: 1024, hard: 2 ** 30 };
    const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    const files = { Name: 'nofile', Soft: 1024, Hard: Math.min(Number(hard) || Infinity, 2 ** 30) };

    expect(hostConfig({ openFiles }).Ulimits).toEqual([files]);
    expect(hostConfig({ openFiles }, { engine: podman }).Ulimits).toEqual([
      files,
      expect.objectContaining({ Name: 'nproc' }),
    ]);
  });
});
