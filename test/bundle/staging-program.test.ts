import { execFileSync, spawnSync } from 'node:child_process';
import { parseTaskDefinition } from '@flowserv/local-aws';
import { describe, expect, it } from 'vitest';
import { bundleStagingProgram } from '../../infra/bundle/staging-program.ts';
import { taskDefinition } from '../../shared/engine/task-definition.ts';

describe('the bundled staging program', () => {
  it('is at most 23 KiB', async () => {
    const { bytes, text } = await bundleStagingProgram();
    expect(bytes).toBe(Buffer.byteLength(text));
    expect(bytes).toBeLessThanOrEqual(23 * 1024);
  });

  it('keeps a task definition below 50 KiB, of the 64 KiB that ECS accepts', async () => {
    const { text: program } = await bundleStagingProgram();
    const definition = taskDefinition({
      stage: 'production',
      image: {
        reference: `registry.example.org/${'group/'.repeat(30)}image@sha256:${'a'.repeat(64)}`,
        own: false,
      },
      registries: { sources: [], logins: [] },
      architecture: 'X86_64',
      stagingImage: `public.ecr.aws/docker/library/node@sha256:${'b'.repeat(64)}`,
      program,
      brokerUrl: `https://${'x'.repeat(60)}.example.org/internal/steps`,
      executionRoleArn: `arn:aws:iam::123456789012:role/${'r'.repeat(64)}`,
      log: { group: `/flowserv/${'l'.repeat(100)}`, region: 'ap-southeast-2' },
    });
    expect(Buffer.byteLength(JSON.stringify(definition))).toBeLessThan(50 * 1024);
    expect(parseTaskDefinition(definition).containerDefinitions).toHaveLength(3);
  });

  it('is the same for the same sources', async () => {
    expect(await bundleStagingProgram()).toEqual(await bundleStagingProgram());
  });

  it('needs nothing but Node', async () => {
    const { text } = await bundleStagingProgram();
    const unpack = text.replace(/^eval/, 'process.stdout.write');
    const code = execFileSync('node', ['-e', unpack], { encoding: 'utf8' });
    const required = new Set([...code.matchAll(/require\("([^"]+)"\)/g)].map((match) => match[1] ?? ''));
    expect(required.size).toBeGreaterThan(3);
    expect([...required].filter((name) => !name.startsWith('node:'))).toEqual([]);
    expect(code).not.toContain('zod');
  });

  it('reports a missing variable', async () => {
    const { command } = await bundleStagingProgram();
    const [program, ...args] = command;
    const { status, stderr } = spawnSync(program, [...args, 'stage'], {
      env: { PATH: process.env.PATH ?? '' },
    });
    expect(status).toBe(1);
    expect(stderr.toString()).toBe('stage failed: environment: the variable FS_WORK is not set\n');
  });
});
