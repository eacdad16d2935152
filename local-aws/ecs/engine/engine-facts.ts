import { release } from 'node:os';
import * as z from 'zod';
import type { EngineApi } from './api.ts';

/** Properties of an engine and of its host. */
export interface EngineFacts {
  readonly name: 'Docker' | 'Podman';
  readonly version: string;
  /** Whether it runs as an ordinary user. */
  readonly rootless: boolean;
  /**
   * Whether a container can share the network of this process. The host network of engines in a virtual machine
   * (Docker Desktop, macOS) and of Docker without root is another one.
   */
  readonly hostNetwork: boolean;
  readonly machine: EngineMachine;
}

interface EngineMachine {
  readonly processors: number;
  /** Which limits of a container the engine enforces. */
  readonly limits: { readonly memory: boolean; readonly processor: boolean; readonly processes: boolean };
  readonly cgroups: { readonly version: 1 | 2; readonly driver: string };
  /** Whether the engine has Podman's own API (version 4), whose wait can poll more often than four times a second. */
  readonly libpod: boolean;
}

export interface EngineVersion {
  readonly name: EngineFacts['name'];
  readonly version: string;
  readonly apiVersion: string;
  /** Oldest supported version of the API. */
  readonly minimum: string;
}

const versionResponse = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  MinAPIVersion: z.string().default('1.0'),
  Components: z.array(z.object({ Name: z.string() })).nullish(),
});

const infoResponse = z.object({
  OperatingSystem: z.string().default(''),
  KernelVersion: z.string().default(''),
  NCPU: z.number().default(1),
  MemoryLimit: z.boolean().default(false),
  CpuCfsQuota: z.boolean().default(false),
  PidsLimit: z.boolean().default(false),
  CgroupDriver: z.string().default(''),
  CgroupVersion: z.string().default('1'),
  SecurityOptions: z.array(z.string()).nullish(),
});

const libpodInfoResponse = z.object({
  host: z.object({
    cgroupControllers: z.array(z.string()).nullish(),
    security: z.object({ rootless: z.boolean() }),
  }),
});

/** Time limit of a request, as a running engine responds immediately. */
const TIMEOUT_MS = 10_000;

/** @param api without a version in its paths */
export async function readVersion(api: EngineApi): Promise<EngineVersion> {
  const response = read(
    versionResponse,
    await api.call({ method: 'GET', path: '/version', timeoutMs: TIMEOUT_MS }),
  );
  const podman = (response.Components ?? []).some(({ Name }) => Name === 'Podman Engine');
  return {
    name: podman ? 'Podman' : 'Docker',
    version: response.Version,
    apiVersion: response.ApiVersion,
    minimum: response.MinAPIVersion,
  };
}

export async function readFacts({ name, version }: EngineVersion, api: EngineApi): Promise<EngineFacts> {
  const info = read(infoResponse, await api.call({ method: 'GET', path: '/info', timeoutMs: TIMEOUT_MS }));
  const libpod = name === 'Podman' && Number(version.split('.')[0]) >= 4;
  const podman = libpod ? await readLibpodInfo(api) : undefined;
  const rootless = podman
    ? podman.security.rootless
    : (info.SecurityOptions ?? []).some((option) => option.includes('name=rootless'));
  const controllers = podman && rootless ? (podman.cgroupControllers ?? []) : ['memory', 'cpu', 'pids'];
  return {
    name,
    version,
    rootless,
    hostNetwork: isOnThisMachine(info) && !(name === 'Docker' && rootless),
    machine: {
      processors: info.NCPU,
      limits: {
        memory: info.MemoryLimit && controllers.includes('memory'),
        processor: info.CpuCfsQuota && controllers.includes('cpu'),
        processes: info.PidsLimit && controllers.includes('pids'),
      },
      cgroups: { version: info.CgroupVersion === '2' ? 2 : 1, driver: info.CgroupDriver },
      libpod,
    },
  };
}

async function readLibpodInfo(api: EngineApi): Promise<z.infer<typeof libpodInfoResponse>['host']> {
  const response = await api.call({ method: 'GET', path: '/libpod/info', timeoutMs: TIMEOUT_MS });
  return read(libpodInfoResponse, response).host;
}

/** Docker Desktop's virtual machine has the same kernel under WSL, so its name is compared, too. */
const isOnThisMachine = ({ OperatingSystem, KernelVersion }: z.infer<typeof infoResponse>): boolean =>
  process.platform === 'linux' &&
  KernelVersion === release() &&
  !OperatingSystem.startsWith('Docker Desktop');

function read<Output>(schema: z.ZodType<Output>, response: unknown): Output {
  const { data } = schema.safeParse(response);
  if (data === undefined) throw new Error('its response is not that of an engine');
  return data;
}
