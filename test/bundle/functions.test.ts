import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import budgetFile from '../../infra/bundle/budget.json' with { type: 'json' };
import { buildDist, type Dist } from '../../infra/bundle/dist.ts';
import type { FunctionBundle } from '../../infra/bundle/functions.ts';
import { bundleStagingProgram } from '../../infra/bundle/staging-program.ts';
import { functionNames } from '../../infra/functions.ts';
import manifest from '../../package.json' with { type: 'json' };

const run = promisify(execFile);
const budget = z
  .record(z.string(), z.strictObject({ loadBytes: z.number(), totalBytes: z.number() }))
  .parse(budgetFile);

let folder: string;
let dist: Dist;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flowserv-dist-'));
  dist = await buildDist(folder);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bundle = (name: string): FunctionBundle => {
  const found = dist.functions.find((one) => one.name === name);
  if (!found) throw new Error(`no bundle of ${name}`);
  return found;
};

/** Names of the packages that sources come from. */
const packagesOf = (sources: readonly string[]) =>
  new Set(
    sources.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1] ?? []),
  );

/** Loads a bundle in its own process: returns the type of its handler, and the time of loading in milliseconds. */
async function load(file: string): Promise<{ handler: string; ms: number }> {
  const program = `const start = performance.now();
    const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
    console.log(JSON.stringify({ handler: typeof handler, ms: performance.now() - start }));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { env: {} });
  return z.object({ handler: z.string(), ms: z.number() }).parse(JSON.parse(stdout));
}

describe('the build', () => {
  it('creates one bundle for each function, the staging program, and the programs of the package', async () => {
    expect(dist.functions.map(({ name }) => name).sort()).toEqual([...functionNames].sort());
    expect(readdirSync(folder).sort()).toEqual(['bin', 'functions', 'staging-program.txt']);
    expect(readFileSync(dist.stagingProgram, 'utf8')).toBe((await bundleStagingProgram()).text);
  });
});

describe.each(functionNames)('the bundle of %s', (name) => {
  it('is within its budget', async () => {
    const { file, loadBytes, totalBytes } = bundle(name);
    const { ms } = await load(file);
    process.stdout.write(
      `${name.padEnd(12)} ${loadBytes} bytes loaded in ${ms.toFixed(0)} ms, ${totalBytes} in all\n`,
    );
    expect(loadBytes).toBeLessThanOrEqual(budget[name]?.loadBytes ?? 0);
    expect(totalBytes).toBeLessThanOrEqual(budget[name]?.totalBytes ?? 0);
  });

  it('needs nothing but Node, and exports a handler', async () => {
    expect(await load(bundle(name).file)).toMatchObject({ handler: 'function' });
  });

  it('loads only the client of DynamoDB before another one is used', () => {
    const { loads, holds } = bundle(name);
    const clients = (sources: readonly string[]) =>
      [...packagesOf(sources)].filter((one) => one.startsWith('@aws-sdk/client-')).sort();
    expect(clients(loads)).toEqual(['@aws-sdk/client-dynamodb']);
    expect(clients(holds)).toContain('@aws-sdk/client-s3');
  });

  it('contains nothing of the command line, the local stack or the infrastructure', () => {
    const { holds } = bundle(name);
    const own = holds.filter((path) => !path.includes('node_modules/') && path !== 'package.json');
    expect(own.filter((path) => !/^(functions|shared)\//.test(path))).toEqual([]);
    // Only transfers use storage volumes, whose kinds are loaded on use.
    const ofVolumes = name === 'transfer' ? [] : ['@google-cloud/storage', 'ssh2-sftp-client'];
    const foreign = [
      ...ofVolumes,
      'asl-validator',
      'commander',
      'dynalite',
      'esbuild',
      'fast-xml-parser',
      'jsonata',
      'typescript',
    ];
    expect(foreign.filter((one) => packagesOf(holds).has(one))).toEqual([]);
  });

  it('contains only the version of each package.json', () => {
    const chunks = readdirSync(dirname(bundle(name).file));
    const text = chunks
      .map((chunk) => readFileSync(join(dirname(bundle(name).file), chunk), 'utf8'))
      .join('\n');
    expect(text).not.toContain('devDependencies');
    expect(text).not.toContain(manifest.description);
    if (bundle(name).holds.includes('package.json')) expect(text).toContain(`version:"${manifest.version}"`);
  });
});

describe('the programs of the package', () => {
  it('import only packages that are installed with it', () => {
    expect(dist.programs.packages.filter((name) => !(name in manifest.dependencies))).toEqual([]);
  });
});
