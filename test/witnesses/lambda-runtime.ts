import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { goPrograms } from './go-programs.ts';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

/** AWS's own code that calls a handler in Lambda's Node.js runtimes (Apache-2.0). */
const CLIENT = 'aws-lambda-ric@4.0.2';

/** The Node.js of the product. Its package has the headers for the build of the addon. */
const NODE_FOLDER = dirname(dirname(process.execPath));

/**
 * Returns the programs of a runtime, which are downloaded and built on first use. AWS's emulator, which simulates the
 * service for a runtime, needs `go`; the client needs a C++ compiler and the headers of libcurl.
 */
export async function lambdaRuntime(): Promise<{ emulator: string; client: string }> {
  const [programs, packages] = await Promise.all([
    goPrograms(),
    installed('lambda-client', CLIENT, async (folder) => {
      await run('npm', ['install', '--silent', '--no-save', '--ignore-scripts', '--prefix', folder, CLIENT]);
      await buildAddon(join(folder, 'node_modules'));
    }),
  ]);
  const client = join(packages, 'node_modules/aws-lambda-ric/index.mjs');
  return { emulator: join(programs, 'aws-lambda-rie'), client };
}

/**
 * Builds the client's native addon from its sources. Its own script first builds all of curl, which takes eight times
 * as long, and optimises.
 */
async function buildAddon(packages: string): Promise<void> {
  const client = join(packages, 'aws-lambda-ric');
  await run('tar', ['-xJf', 'deps/aws-lambda-cpp.tar.xz', '-C', 'deps'], { cwd: client });
  const template = readFileSync(join(client, 'deps/src/version.cpp.in'), 'utf8');
  // CMake would replace the version placeholders, which are not used here.
  const version = template.replaceAll(/@PROJECT_VERSION(_\w+)?@/g, '0');
  writeFileSync(join(client, 'deps/src/version.cpp'), version);
  const includes = [join(NODE_FOLDER, 'include/node'), join(packages, 'node-addon-api'), 'deps/include'];
  const sources = ['runtime', 'logging', 'version', 'backward'].map((name) => `deps/src/${name}.cpp`);
  await run(
    'g++',
    [
      ...['-std=c++20', '-fPIC', '-shared', '-pthread', '-DNODE_GYP_MODULE_NAME=rapid-client'],
      ...includes.map((folder) => `-I${folder}`),
      ...[...sources, 'src/native/rapid-client.cc', '-lcurl', '-o', 'rapid-client.node'],
    ],
    { cwd: client },
  );
}

/** A deployed Lambda function. */
export interface Deployed {
  readonly name: string;
  /** Folder of the code. */
  readonly folder: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Cold-starts a function and sends it one event.
 *
 * @returns its response, and the output of function and runtime
 */
export async function invokeCold(
  { emulator, client }: Awaited<ReturnType<typeof lambdaRuntime>>,
  { name, folder, handler, timeoutSeconds, memoryMb, environment }: Deployed,
  event: object,
): Promise<{ response: unknown; output: string }> {
  const [port, runtimePort] = [await freePort(), await freePort()];
  const addresses = [
    ...['--runtime-interface-emulator-address', `127.0.0.1:${port}`],
    ...['--runtime-api-address', `127.0.0.1:${runtimePort}`],
  ];
  const child = spawn(emulator, [...addresses, process.execPath, client, handler], {
    cwd: folder,
    // The runtime is a child of the emulator, and both are killed as a group.
    detached: true,
    env: {
      PATH: process.env.PATH,
      LAMBDA_TASK_ROOT: folder,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeoutSeconds),
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      ...environment,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'exit');
  try {
    const response = await sendWhenReady(
      `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`,
      event,
    );
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}\n${output}`);
    return { response: text === '' ? undefined : JSON.parse(text), output };
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    await ended;
  }
}

const ATTEMPTS = 100;

/** Sends an event when the emulator listens. */
async function sendWhenReady(url: string, event: object): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch(url, { method: 'POST', body: JSON.stringify(event) });
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(50);
    }
  }
}
