import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { bundleStagingProgram } from '../../infra/bundle/staging-program.ts';
import { functionNames } from '../../infra/functions.ts';
import { root } from './synthesised.ts';

const template = z.object({ Resources: z.record(z.string(), z.looseObject({ Type: z.string() })) });
const lambda = z.object({
  Properties: z.object({ FunctionName: z.string() }),
  Metadata: z.object({ 'aws:asset:path': z.string() }),
});

/** Runs `cdk synth` as on a computer without Docker and without an account. */
function synthesise(output: string) {
  const aws = Object.keys(process.env).filter((name) => /^(AWS|CDK)_/.test(name));
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    ...Object.fromEntries(aws.map((name) => [name, undefined])),
    CDK_DOCKER: '/bin/false',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SHARED_CREDENTIALS_FILE: join(output, 'no-credentials'),
    AWS_CONFIG_FILE: join(output, 'no-config'),
    NODE_ENV: undefined,
  };
  return spawnSync('npx', ['cdk', 'synth', '--quiet', '--output', output, '-c', 'stage=ci'], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
  });
}

describe('npx cdk synth', () => {
  const output = mkdtempSync(join(tmpdir(), 'flowserv-cdk-'));
  let run: ReturnType<typeof synthesise>;
  /** Folder of each function's code. */
  let code: Map<string, string>;

  beforeAll(() => {
    run = synthesise(output);
    if (run.status !== 0) return;
    const text = readFileSync(join(output, 'flowserv-ci.template.json'), 'utf8');
    const found = Object.values(template.parse(JSON.parse(text)).Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map((resource) => lambda.parse(resource))
      .map(
        ({ Properties, Metadata }) =>
          [Properties.FunctionName, join(output, Metadata['aws:asset:path'])] as const,
      );
    code = new Map(found);
  }, 240_000);
  afterAll(() => rmSync(output, { recursive: true, force: true }));

  it('works without Docker, without credentials and without a warning', () => {
    expect(run.stderr).not.toMatch(/warning|error/i);
    expect(run.status).toBe(0);
  });

  it('bundles every function with its handler', async () => {
    expect([...code.keys()].sort()).toEqual(
      [...functionNames, 'teardown'].map((name) => `flowserv-ci-${name}`).sort(),
    );
    for (const folder of code.values()) {
      const module: unknown = await import(pathToFileURL(join(folder, 'index.mjs')).href);
      expect(Object(module).handler).toBeTypeOf('function');
    }
  });

  it('adds the staging program only to the functions that register task definitions', async () => {
    const { text } = await bundleStagingProgram();
    for (const [name, folder] of code) {
      const has = readdirSync(folder).includes('staging-program.txt');
      expect(has).toBe(['flowserv-ci-next-step', 'flowserv-ci-install'].includes(name));
      if (has) expect(readFileSync(join(folder, 'staging-program.txt'), 'utf8')).toBe(text);
    }
  });
});
