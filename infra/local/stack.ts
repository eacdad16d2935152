import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type FaultSettings, type FunctionHost, parseFaults, startGateway } from '@flowserv/local-aws';
import { gatewayRoutes, takesBody } from '../../shared/api/gateway-routes.ts';
import { BROKER_PATH } from '../../shared/api/routes/broker.ts';
import { type Config, readConfig } from '../../shared/config.ts';
import { findArtifacts } from './artifacts.ts';
import type { CallObserver } from './calls.ts';
import { startCloud } from './cloud.ts';
import { bindAddress, exposureWarnings, isExposed } from './exposure.ts';
import { corsFor, refusePreflight, servedHosts } from './foreign-pages.ts';
import { bundledFunctions, sourceFunctions } from './function-hosts.ts';
import { writeKept } from './kept-file.ts';
import { readKeys } from './keys.ts';
import { lockFolder } from './lock.ts';
import { makeFolder } from './make-folder.ts';
import { functionName, TASKS_FOLDER } from './names.ts';
import { removeOldFiles } from './old-tasks.ts';
import { isTaken, keptPorts } from './ports.ts';
import { assertNotRefused } from './refused-ports.ts';
import { createResources } from './resources.ts';
import { type KeptRunner, keepRunner } from './runners/kept-runner.ts';
import { openRunner } from './runners/open-runner.ts';
import type { RunnerName } from './runners/runner-setting.ts';
import {
  type Endpoints,
  type Environment,
  functionEnvironment,
  localArchitecture,
  userSettings,
} from './settings.ts';
import { startFailure } from './start-failure.ts';

export interface StackOptions {
  /** Folder of all data; made when it is missing. One stack at a time. */
  readonly dataDir: string;
  /**
   * The user's environment: flowServ's own variables are honoured, everything else is ignored. `FLOWSERV_FAULTS`
   * with `FLOWSERV_FAULTS_SEED` makes the services as unkind as AWS may be.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Runs each function's bundle in processes of its own, as Lambda does, instead of the handlers in this process,
   * and the staging program of each task in processes of its own, as Fargate does, instead of one that they share.
   * By default as the variable `FLOWSERV_ISOLATE` says: `1` for yes.
   */
  readonly isolate?: boolean;
  /** Called with each line about images that are being pulled; no-op by default. */
  readonly onProgress?: (line: string) => void;
  /** The runners of steps that `FLOWSERV_RUNNER=auto` may take, in this order; all by default. */
  readonly runners?: readonly RunnerName[];
  /**
   * Folder for the bundles that are made of the sources. Several stacks can share it, at the same time as well; it
   * is made when it is missing, and nothing in it is ever removed. By default they are in the data folder.
   */
  readonly bundlesDir?: string;
  /** Address of a DynamoDB in place of the local one, which is empty and takes any key. */
  readonly dynamodb?: string | undefined;
  /** Address of an S3 in place of the local one, which is empty, takes all keys of the stack, and need not let anything expire. */
  readonly s3?: string | undefined;
  /** Told of faults that no request answers for. */
  readonly onFault?: (line: string) => void;
  /** Told of every call of an AWS service, once it is answered. */
  readonly onCall?: CallObserver;
}

/** What runs the steps of a stack. */
interface StackRunner extends KeptRunner {
  /** What it does not protect from, how to get that, and alike; each without a line break. */
  readonly notices: readonly string[];
  /** What ran them at the last start, where that was another one. */
  readonly before: KeptRunner | undefined;
}

export interface Stack {
  /** Public base URL of the API, without a trailing slash. */
  readonly url: string;
  /** Address and port of the gateway. */
  readonly listensOn: string;
  /** What the operator should know of this stack before others use it. */
  readonly warnings: readonly string[];
  /** Settings and keys of the operator, for what has no HTTP route. */
  readonly operator: Environment;
  /** What runs the steps. */
  readonly runner: StackRunner;
  /** What the services do that AWS may do; undefined for nothing. */
  readonly faults: FaultSettings | undefined;
  close(): Promise<void>;
}

/**
 * Starts the whole product on this machine: local AWS services on loopback, the functions, and the gateway
 * in front of them.
 *
 * @throws Error with a sentence for the user: a folder in use, a port taken or refused by clients, a setting that cannot be used
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, env } = options;
  const { FLOWSERV_FILES_URL } = env;
  const settings = readConfig({
    ...userSettings(env),
    ...(FLOWSERV_FILES_URL ? { FLOWSERV_FILES_URL } : {}),
  });
  assertNotRefused(portOf(env), 'FLOWSERV_API_PORT');
  if (FLOWSERV_FILES_URL) assertNotRefused(Number(new URL(FLOWSERV_FILES_URL).port), 'FLOWSERV_FILES_URL');
  const faults = parseFaults(env.FLOWSERV_FAULTS, env.FLOWSERV_FAULTS_SEED);
  const opened = new AsyncDisposableStack();
  try {
    makeFolder(dataDir);
    opened.defer(lockFolder(dataDir));
    removeOldFiles(join(dataDir, TASKS_FOLDER));
    return await open(options, settings, faults, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw startFailure(error, resolve(dataDir));
  }
}

/** Opens the parts of a stack, each on `opened`. */
async function open(
  options: StackOptions,
  settings: Config,
  faults: FaultSettings | undefined,
  opened: AsyncDisposableStack,
): Promise<Stack> {
  const { dataDir, env, onCall, onFault = () => {} } = options;
  const keys = readKeys(dataDir);
  const artifacts = await findArtifacts(dataDir, options.bundlesDir);
  const isolate = options.isolate ?? env.FLOWSERV_ISOLATE === '1';
  const host = bindAddress(env);
  const runner = await openRunner({
    dataDir: resolve(dataDir),
    env,
    artifacts,
    isolate,
    stagingImage: settings.compute.stagingImage,
    architecture: localArchitecture(),
    order: options.runners,
    onProgress: options.onProgress ?? (() => {}),
  });
  opened.defer(() => runner.close());
  const cloud = await startCloud({
    dataDir,
    host,
    hosts: servedHosts(host, settings),
    keys,
    dynamodb: options.dynamodb,
    s3: options.s3,
    start: keptPorts(dataDir),
    onFault,
    faults,
    onCall,
    runner: runner.runner,
  });
  opened.defer(() => cloud.close());
  const front = await startFront(host, env, settings, cloud.functions, onFault);
  opened.defer(() => front.close());

  const user = { ...env, FLOWSERV_API_PORT: String(front.port) };
  const endpoints: Endpoints = {
    ...cloud.endpoints,
    broker: `${front.endpoint}${settings.api.basePath}/${BROKER_PATH}`,
  };
  const links = settings.endpoints.links ?? linkOrigin(isExposed(env), settings.api.url, cloud.endpoints.s3);
  const environment = (principal: keyof typeof keys): Environment => ({
    ...functionEnvironment(user, endpoints, cloud.queueUrls, keys[principal], artifacts.stagingProgram),
    // Links of people only: tasks are on this machine.
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

/**
 * Starts the gateway in front of the functions.
 *
 * @throws Error with a sentence for the user when its port is taken
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
      refuse: (request) => refusePreflight(settings, request),
      onFault: ({ method, path, error }) => onFault(`${method} ${path}: ${error}`),
    });
  } catch (error) {
    throw isTaken(error) ? portTaken(port, error) : error;
  }
}

/** 5000 as flowServ has it; 0 chooses a free port. */
function portOf(env: StackOptions['env']): number {
  return env.FLOWSERV_API_PORT ? Number(env.FLOWSERV_API_PORT) : 5000;
}

/** Origin of the links to files: whoever reaches the gateway from elsewhere reaches S3 under the same name. */
function linkOrigin(exposed: boolean, url: string, s3: string): string {
  if (!exposed) return s3;
  return `http://${new URL(url).hostname}:${new URL(s3).port}`;
}

const portTaken = (port: number, cause: unknown) =>
  new Error(`port ${port} is taken; stop what uses it, or choose another with FLOWSERV_API_PORT`, { cause });
