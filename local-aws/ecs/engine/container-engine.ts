import { createEngineApi, type EngineAddress, type EngineApi } from './api.ts';
import { type EngineFacts, readFacts, readVersion } from './engine-facts.ts';

/** A running container engine, for `createEngineRunner`. */
export interface ContainerEngine extends EngineFacts {
  /** For example `Podman 4.3.1 (rootless) at unix:///run/user/1000/podman/podman.sock`. */
  readonly description: string;
  readonly api: EngineApi;
  /** Ends the engine's service if it was started with the stack. */
  close(): Promise<void>;
}

/** Podman 4 and Docker 20.10 support it. */
const API_VERSION = '1.41';

interface EngineService {
  /** Makes sure that the engine runs. */
  readonly beforeCall: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const OF_OTHERS: EngineService = { beforeCall: async () => {}, close: async () => {} };

/**
 * @param service the service behind the address, if it was started with the stack
 * @throws EngineError when no engine responds there; Error when the engine cannot be used
 */
export async function openEngine(address: EngineAddress, service = OF_OTHERS): Promise<ContainerEngine> {
  const version = await readVersion(createEngineApi(address, ''));
  if (isOlder(version.apiVersion, API_VERSION)) {
    throw new Error(
      `supports version ${version.apiVersion} of the Docker API, but ${API_VERSION} is required`,
    );
  }
  // Docker 29 accepts no version below 1.44.
  const spoken = isOlder(API_VERSION, version.minimum) ? version.minimum : API_VERSION;
  const api = createEngineApi(address, `/v${spoken}`, service.beforeCall);
  const facts = await readFacts(version, api);
  const host =
    'socketPath' in address ? `unix://${address.socketPath}` : `tcp://${address.host}:${address.port}`;
  const description = `${facts.name} ${facts.version}${facts.rootless ? ' (rootless)' : ''} at ${host}`;
  return { ...facts, description, api, close: service.close };
}

/** @throws EngineError */
export async function ping(address: EngineAddress): Promise<void> {
  await createEngineApi(address, '').call({ method: 'GET', path: '/_ping' });
}

function isOlder(version: string, other: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
