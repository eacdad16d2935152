import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { toolFolder } from './tool-folder.ts';

const run = promisify(execFile);

/** AWS's Lambda Runtime Interface Emulator, which plays the service towards a runtime (Apache-2.0). */
const EMULATOR =
  'github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie@v0.0.0-20261030222936-bef5c4ba774d';
/** AWS's own code around a handler in Lambda's Node.js runtimes (Apache-2.0). It builds a native addon when it is installed. */
const CLIENT = 'aws-lambda-ric@4.0.2';

/** The Node.js of the product, whose package has the headers that the addon is built with. */
const NODE_FOLDER = dirname(dirname(process.execPath));

/** Programs of a runtime, fetched and built when they are not there yet: it needs `go`, `cmake` and a C++ compiler. */
export async function lambdaRuntime(): Promise<{ emulator: string; client: string }> {
  const [emulator, client] = await Promise.all([
    kept('lambda-emulator', 'aws-lambda-rie', (folder) =>
      run('go', ['install', EMULATOR], { env: { ...process.env, GOBIN: folder } }),
    ),
    kept('lambda-client', 'node_modules/aws-lambda-ric/index.mjs', (folder) => {
      writeFileSync(
        join(folder, 'package.json'),
        JSON.stringify({ private: true, allowScripts: { 'aws-lambda-ric': true } }),
      );
      const env = { ...process.env, npm_config_nodedir: NODE_FOLDER };
      return run('npm', ['install', '--silent', '--no-save', CLIENT], {
        cwd: folder,
        env,
        maxBuffer: 64 << 20,
      });
    }),
  ]);
  return { emulator, client };
}

/** Makes a folder whole before it gets its name, so that one that was given up is not taken for it. */
async function kept(name: string, file: string, make: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = toolFolder(name);
  if (existsSync(join(folder, file))) return join(folder, file);
  const made = `${folder}-${process.pid}`;
  mkdirSync(made, { recursive: true });
  await make(made);
  rmSync(folder, { recursive: true, force: true });
  renameSync(made, folder);
  return join(folder, file);
}

/** A function as Lambda has it. */
export interface Deployed {
  readonly name: string;
  /** Folder of its code. */
  readonly folder: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Starts a function cold and sends it one event.
 *
 * @returns its answer, and what it and the runtime have written
 */
export async function invokeCold(
  { emulator, client }: Awaited<ReturnType<typeof lambdaRuntime>>,
  { name, folder, handler, timeoutSeconds, memoryMb, environment }: Deployed,
  event: object,
): Promise<{ answer: unknown; output: string }> {
  const [port, runtimePort] = [await freePort(), await freePort()];
  const addresses = [
    ...['--runtime-interface-emulator-address', `127.0.0.1:${port}`],
    ...['--runtime-api-address', `127.0.0.1:${runtimePort}`],
  ];
  const child = spawn(emulator, [...addresses, process.execPath, client, handler], {
    cwd: folder,
    // The runtime is a child of the emulator, and both are ended as a group.
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
    const response = await answered(
      `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`,
      event,
    );
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}\n${output}`);
    return { answer: text === '' ? undefined : JSON.parse(text), output };
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    await ended;
  }
}

const ATTEMPTS = 100;

/** Sends an event as soon as the emulator listens. */
async function answered(url: string, event: object): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch(url, { method: 'POST', body: JSON.stringify(event) });
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(50);
    }
  }
}
