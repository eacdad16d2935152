import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { startCommand } from '../bin/run-cli.ts';
import { processesOf } from '../end-to-end/restarts/processes.ts';

/** These tests create the package with npm, install it in an empty folder, and use it from there. */
const repository = fileURLToPath(new URL('../..', import.meta.url));
/** Maximum size of the package; it is 5.3 MB, as each of fourteen functions includes its own AWS SDK. */
const MAX_PACKED_BYTES = 6_000_000;
/** Packing and installing take 15 s, and five times as long on a busy host. */
const PATIENCE_MS = 300_000;

let folder: string;
let packed: z.output<typeof packReport>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flowserv-package-'));
  packed = await pack();
  const options = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await npm(['install', ...options, join(folder, packed.filename)], installed());
}, PATIENCE_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const packReport = z.object({
  filename: z.string(),
  size: z.number(),
  files: z.array(z.object({ path: z.string() })),
});

/** Creates the package. Its script `prepack` builds everything into `dist/`, which no other test reads. */
async function pack(): Promise<z.output<typeof packReport>> {
  const report = await npm(['pack', '--json', '--loglevel=error', '--pack-destination', folder], repository);
  // The output of `prepack` comes first.
  const [first] = z.array(packReport).parse(JSON.parse(report.slice(report.search(/^\[$/m))));
  if (!first) throw new Error('npm packed nothing');
  return first;
}

/** Runs npm as a user does: without the settings of this repository, which `npm test` passes to its programs. */
async function npm(args: readonly string[], cwd: string): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  return (await promisify(execFile)('npm', args, { cwd, env })).stdout;
}

function installed(): string {
  const target = join(folder, 'installed');
  mkdirSync(target, { recursive: true });
  return target;
}

const program = () => join(installed(), 'node_modules/.bin/flowserv');
const dataDir = () => join(folder, 'data');
const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  startCommand(program(), args, { cwd: installed(), env: { FLOWSERV_API_DIR: dataDir(), ...env } });

/** Returns the output of a command, which must succeed. */
async function flowserv(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const outcome = await start(args, env).outcome;
  expect(outcome).toMatchObject({ code: 0 });
  return outcome.stdout;
}

type Started = ReturnType<typeof startCommand>;

/** Uses a server when it is ready, and stops it as a service manager does. */
async function withServer(server: Started, use: () => Promise<void>): Promise<void> {
  try {
    await server.shows('ready; stop with Ctrl-C');
    await use();
  } finally {
    server.child.kill('SIGTERM');
    await server.outcome;
  }
  const { code, stderr } = await server.outcome;
  // The only output is the note about the runner of steps.
  expect([code, stderr.replaceAll(/^note: .*\n(?: .*\n)*/gm, '')]).toEqual([0, '']);
  expect(processesOf(folder).map(({ command }) => command)).toEqual([]);
}

describe('the package', () => {
  it('contains only the programs, what they start, documents and examples', () => {
    const paths = packed.files.map(({ path }) => path);
    const other = paths.filter((path) => !/^(bin\/\w+\.mjs|(dist|docs|examples)\/.+)$/.test(path));
    expect(other.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(paths.filter((path) => path.startsWith('bin/')).sort()).toEqual([
      'bin/flowserv.mjs',
      'bin/launch.mjs',
    ]);
    expect(paths.filter((path) => /\.(ts|pyc|map)$/.test(path))).toEqual([]);
    expect(packed.size).toBeLessThan(MAX_PACKED_BYTES);
  });

  it('is installed with its run-time dependencies, not with those of its build', () => {
    const modules = join(installed(), 'node_modules');
    for (const name of ['vitest', 'typescript', 'esbuild', 'aws-cdk-lib']) {
      expect(existsSync(join(modules, name))).toBe(false);
    }
    expect(readdirSync(modules)).toContain('zod');
  });

  it('runs flowserv --help', async () => {
    const help = await flowserv(['--help']);
    expect(help).toMatch(/^Usage: flowserv /);
    expect(help).toMatch(/^ {2}local /m);
  });

  it('writes a benchmark and tries it', async () => {
    await flowserv(['new', 'my-benchmark']);
    const tried = await flowserv(['workflows', 'try', 'my-benchmark'], { TMPDIR: folder });
    expect(tried).toMatch(/^ {5}1 \| you {2}\| {5}0\.55 \| /m);
    expect(tried).toMatch(/^Post-processing: SUCCESS$/m);
    expect(readdirSync(folder).filter((name) => name.startsWith('flowserv-try-'))).toEqual([]);
    expect(processesOf(folder).map(({ command }) => command)).toEqual([]);
  });

  it('starts a stack on which a benchmark can be installed and run', async () => {
    await withServer(start(['local', '--port', '0']), async () => {
      const source = join(installed(), 'node_modules/flowserv/examples/hello-world');
      const workflow = variable(await flowserv(['workflows', 'create', source]), 'FLOWSERV_APP');
      const password = ['-p', 'a password of alice'];
      await flowserv(['users', 'register', '-u', 'alice', ...password]);
      const login = await flowserv(['login', '-u', 'alice', ...password]);
      const session = {
        FLOWSERV_APP: workflow,
        FLOWSERV_ACCESS_TOKEN: variable(login, 'FLOWSERV_ACCESS_TOKEN'),
      };
      const group = variable(await flowserv(['groups', 'create', '-n', 'Team'], session), 'FLOWSERV_GROUP');
      const names = join(source, 'data/names.txt');
      const run = await flowserv(['runs', 'start', '-a', `names=${names}`, '-a', 'greeting=Hi', '--wait'], {
        ...session,
        FLOWSERV_GROUP: group,
      });
      expect(run).toMatch(/run \w{32} is SUCCESS\n$/);
      expect(await flowserv(['workflows', 'ranking'], session)).toMatch(/ 1 \| Team /);
    });
  });

  it('starts the stack with each function in its own processes', async () => {
    await withServer(start(['local', '--port', '0', '--isolate']), async () => {
      expect(await flowserv(['users', 'register', '-u', 'bob', '-p', 'pwd'])).toContain('Registered bob');
      expect(processesOf(folder).some(({ command }) => command.includes('function-runner'))).toBe(true);
    });
  });

  const old = oldNode();
  it.skipIf(old === undefined)('starts its own Node from an older one, and forwards signals', async () => {
    const entry = join(installed(), 'node_modules/flowserv/bin/flowserv.mjs');
    const server = startCommand(old ?? '', [entry, 'local', '--port', '0'], {
      cwd: installed(),
      env: { FLOWSERV_API_DIR: dataDir() },
    });
    await withServer(server, async () => {
      expect(await flowserv(['users', 'register', '-u', 'carol', '-p', 'pwd'])).toContain('Registered carol');
      const own = join(installed(), 'node_modules/node-');
      const [child] = processesOf(folder).filter(({ command }) => command.startsWith(own));
      expect(child?.parent).toBe(server.child.pid);
    });
  });
});

/** The value of a line `export NAME=value`, as `eval` reads it. */
function variable(output: string, name: string): string {
  const value = output.match(new RegExp(`^export ${name}=(\\S+)$`, 'm'))?.[1];
  if (value === undefined) throw new Error(`no ${name} in: ${output}`);
  return value;
}

/** The system's Node if it cannot run the product itself. */
function oldNode(): string | undefined {
  const path = '/usr/bin/node';
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const major = Number(stdout?.match(/^v(\d+)/)?.[1] ?? 0);
  return major >= 20 && major < 24 ? path : undefined;
}
