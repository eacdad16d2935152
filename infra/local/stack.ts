import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type FaultSettings,
  type FunctionHost,
  parseFaults,
  removeWrittenFiles,
  startGateway,
} from '@flowserv/local-aws';
import { gatewayRoutes, takesBody } from '../../shared/api/gateway-routes.ts';
import { BROKER_PATH } from '../../shared/api/routes/broker.ts';
import { type Config, readConfig } from '../../shared/config.ts';
import { volumeConfigOf } from '../../shared/storage-volumes/configured-volume.ts';
import { findArtifacts } from './artifacts.ts';
import { assertNotBlocked } from './blocked-ports.ts';
import { startBrokerFront } from './broker-front.ts';
import type { CallObserver } from './calls.ts';
import { startCloud } from './cloud.ts';
import { bindAddress, exposureWarnings, isExposed } from './exposure.ts';
import { chosenFileStore, openFileStore } from './file-store.ts';
import { corsFor, rejectPreflight, servedHosts } from './foreign-pages.ts';
import { bundledFunctions, sourceFunctions } from './function-hosts.ts';
import { writeKept } from './kept-file.ts';
import { readKeys } from './keys.ts';
import { lockFolder } from './lock.ts';
import { makeFolder } from './make-folder.ts';
import { functionName, TASKS_FOLDER } from './names.ts';
import { isTaken, keptPorts } from './ports.ts';
import { createResources } from './resources.ts';
import { type KeptRunner, keepRunner } from './runners/kept-runner.ts';
import { openRunner } from './runners/open-runner.ts';
import type { RunnerName } from './runners/runner-setting.ts';
import { ownNetworks } from './runners/task-networks.ts';
import {
  type Endpoints,
  type Environment,
  functionEnvironment,
  localArchitecture,
  userSettings,
} from './settings.ts';
import { startFailure } from './start-failure.ts';

export interface StackOptions {
  /** Folder of all data; created if necessary. One stack at a time. */
  readonly dataDir: string;
  /**
   * The user's environment: flowServ's own variables are used, everything else is ignored. `FLOWSERV_FAULTS`
   * with `FLOWSERV_FAULTS_SEED` enables fault injection.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Runs each function's bundle in its own processes, as Lambda does, instead of the handlers in this process,
   * and the staging program of each task in its own processes, as Fargate does, instead of a shared one.
   * By default the variable `FLOWSERV_ISOLATE` decides: `1` for yes.
   */
  readonly isolate?: boolean;
  /** Called with each line about images that are being pulled; no-op by default. */
  readonly onProgress?: (line: string) => void;
  /** The runners of steps that `FLOWSERV_RUNNER=auto` may choose, in this order; all by default. */
  readonly runners?: readonly RunnerName[];
  /**
   * Folder for the bundles of the sources. Several stacks can share it, at the same time as well; it
   * is created if necessary, and its contents are never removed. By default they are in the data folder.
   */
  readonly bundlesDir?: string;
  /** Address of a DynamoDB that replaces the local one; it must be empty and accept any key. */
  readonly dynamodb?: string | undefined;
  /**
   * Address of an S3 that replaces the local one; it must be empty and accept all keys of the stack, and need not
   * support expiry.
   */
  readonly s3?: string | undefined;
  /** Called for faults outside of requests. */
  readonly onFault?: (line: string) => void;
  /** Called for every call of an AWS service, after its response. */
  readonly onCall?: CallObserver;
}

/** The runner of a stack's steps. */
interface StackRunner extends KeptRunner {
  /** Warnings, such as what it does not protect from, and how to get that; each without a line break. */
  readonly notices: readonly string[];
  /** The runner of the last start, if it was another one. */
  readonly before: KeptRunner | undefined;
}

export interface Stack {
  /** Public base URL of the API, without a trailing slash. */
  readonly url: string;
  /** Address and port of the gateway. */
  readonly listensOn: string;
  /** Warnings for the operator before others use this stack. */
  readonly warnings: readonly string[];
  /** Settings and keys of the operator, for operations without an HTTP route. */
  readonly operator: Environment;
  /** The runner of the steps. */
  readonly runner: StackRunner;
  /** Faults that the services inject; undefined for none. */
  readonly faults: FaultSettings | undefined;
  close(): Promise<void>;
}

/**
 * Starts the whole product on this host: local AWS services on loopback, the functions, and the gateway
 * in front of them.
 *
 * @throws Error with a sentence for the user: a folder in use, a port that is in use or blocked by clients, or an
 *   invalid setting
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, env } = options;
  const { FLOWSERV_FILES_URL } = env;
  const settings = readConfig({
    ...userSettings(env),
    ...(FLOWSERV_FILES_URL ? { FLOWSERV_FILES_URL } : {}),
  });
  assertNotBlocked(portOf(env), 'FLOWSERV_API_PORT');
  if (FLOWSERV_FILES_URL) assertNotBlocked(Number(new URL(FLOWSERV_FILES_URL).port), 'FLOWSERV_FILES_URL');
  const fileStore = await chosenFileStore(env);
  // Unusable arguments would fail the first run that uses the volume.
  settings.volumes.map(volumeConfigOf);
  const faults = parseFaults(env.FLOWSERV_FAULTS, env.FLOWSERV_FAULTS_SEED);
  const opened = new AsyncDisposableStack();
  try {
    makeFolder(dataDir);
    opened.defer(lockFolder(dataDir));
    await removeWrittenFiles(join(dataDir, TASKS_FOLDER));
    return await open({ ...options, filesDir: openFileStore(dataDir, fileStore) }, settings, faults, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw startFailure(error, resolve(dataDir));
  }
}

/** Opens the parts of a stack, and adds each to `opened`. */
async function open(
  options: StackOptions & { readonly filesDir: string },
  settings: Config,
  faults: FaultSettings | undefined,
  opened: AsyncDisposableStack,
): Promise<Stack> {
  const { dataDir, env, onCall, onFault = () => {} } = options;
  const keys = readKeys(dataDir);
  const artifacts = await findArtifacts(dataDir, options.bundlesDir);
  const isolate = options.isolate ?? env.FLOWSERV_ISOLATE === '1';
  const host = bindAddress(env);
  const start = keptPorts(dataDir);
  const own = ownNetworks(env, settings.compute.stagingImage);
  const taskNetworks = own?.networks;
  const runner = await openRunner({ ...runnerOptions(options, settings), artifacts, isolate, taskNetworks });
  opened.defer(() => runner.close());
  const cloud = await startCloud({
    dataDir,
    filesDir: options.filesDir,
    host,
    hosts: servedHosts(host, settings),
    keys,
    dynamodb: options.dynamodb,
    s3: options.s3,
    start,
    onFault,
    faults,
    onCall,
    runner: runner.runner,
  });
  opened.defer(() => cloud.close());
  const front = await startFront(host, env, settings, cloud.functions, onFault);
  opened.defer(() => front.close());
  const broker = own
    ? await startBrokerFront({ settings, functions: cloud.functions, start, opened, onFault })
    : front;
  own?.reach([broker.endpoint, cloud.endpoints.s3]);

  const user = { ...env, FLOWSERV_API_PORT: String(front.port) };
  const endpoints: Endpoints = {
    ...cloud.endpoints,
    broker: `${broker.endpoint}${settings.api.basePath}/${BROKER_PATH}`,
  };
  const links = settings.endpoints.links ?? linkOrigin(isExposed(env), settings.api.url, cloud.endpoints.s3);
  const environment = (principal: keyof typeof keys): Environment => ({
    ...functionEnvironment(user, endpoints, cloud.queueUrls, keys[principal], artifacts.stagingProgram),
    // Only links that people open need it: tasks run on this host.
    ...(principal === 'api' ? { FLOWSERV_FILES_URL: links } : {}),
  });
  const operator = environment('operator');
  const config = readConfig(operator);
  await createResources(config, { expiry: options.s3 === undefined });
  await cloud.begin(isolate ? await bundledFunctions(environment, artifacts) : sourceFunctions(environment));

  const { url } = config.api;
  const stackFile = join(dataDir, 'stack.json');
  const { name, description, notices } = runner;
  writeKept(stackFile, { pid: process.pid, url, runner: name, operator });
  opened.defer(() => rmSync(stackFile, { force: true }));
  const listensOn = `http://${host}:${front.port}`;
  return {
    url,
    listensOn,
    warnings: exposureWarnings(env, config, name),
    operator,
    runner: { name, description, notices, before: keepRunner(dataDir, { name, description }) },
    faults,
    close: () => opened.disposeAsync(),
  };
}

const runnerOptions = (
  { dataDir, env, runners, onProgress = () => {} }: StackOptions,
  { compute }: Config,
) => ({
  dataDir: resolve(dataDir),
  env,
  stagingImage: compute.stagingImage,
  architecture: localArchitecture(),
  order: runners,
  onProgress,
});

/**
 * Starts the gateway in front of the functions.
 *
 * @throws Error with a sentence for the user if its port is taken
 */
async function startFront(
  host: string,
  env: StackOptions['env'],
  settings: Config,
  functions: FunctionHost,
  onFault: (line: string) => void,
) {
  const port = portOf(env);
  try {
    return await startGateway({
      host,
      port,
      routes: gatewayRoutes(settings.api.basePath).map((route) => ({
        ...route,
        function: functionName(route.function),
      })),
      functions,
      hosts: servedHosts(host, settings),
      cors: (request) => corsFor(settings, request),
      takesBody: takesBody(settings.api.basePath),
      reject: (request) => rejectPreflight(settings, request),
      onFault: ({ method, path, error }) => onFault(`${method} ${path}: ${error}`),
    });
  } catch (error) {
    throw isTaken(error) ? portTaken(port, error) : error;
  }
}

/** 5000 as in flowServ; 0 chooses a free port. */
function portOf(env: StackOptions['env']): number {
  return env.FLOWSERV_API_PORT ? Number(env.FLOWSERV_API_PORT) : 5000;
}

/** Origin of the links to files: clients that reach the gateway from another host reach S3 by the same host name. */
function linkOrigin(exposed: boolean, url: string, s3: string): string {
  if (!exposed) return s3;
  return `http://${new URL(url).hostname}:${new URL(s3).port}`;
}

const portTaken = (port: number, cause: unknown) =>
  new Error(`port ${port} is taken; stop what uses it, or choose another with FLOWSERV_API_PORT`, { cause });
