import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSandbox } from '@flowserv/local-aws';
import { describe, expect, it } from 'vitest';
import { useStack } from '../../end-to-end/stack-fixture.ts';
import { attack, processesWith, TAKE_ALL } from './hostile-run.ts';
import { attackNextStep } from './shared-task.ts';

const missing = await findSandbox().then(
  () => undefined,
  (error: Error) => error.message,
);
if (missing !== undefined) {
  process.stderr.write(`SKIPPED: the attacks of a step in a sandbox, because ${missing}\n`);
}

/** A step with a participant's program has access to nothing but its own files. */
describe.skipIf(missing !== undefined)('a hostile step in a sandbox', () => {
  const stack = useStack({ env: { FLOWSERV_RUNNER: 'sandbox' } });
  const daemon = `left-in-sandbox-${process.pid}`;

  it('has no access to the server or the host, and leaves nothing behind', async () => {
    const { run, succeeded } = await attack(stack, daemon, ['--destroy']);

    // The watch over the disk and the maximum file size limit what a step can write.
    expect(succeeded).toEqual(['fill-disk']);
    const names = run.files.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['report.json', 'trap-closed/inner/file']);
    const keys = readFileSync(join(stack.dataDir, 'keys.json'), 'utf8');
    const secret: string = Object.values(JSON.parse(keys)).map((key) =>
      Reflect.get(Object(key), 'secretAccessKey'),
    )[0];
    expect(JSON.stringify(run)).not.toContain(secret);

    expect((await stack.request('GET', '')).status).toBe(200);
    expect(processesWith(daemon)).toEqual([]);
    await expect
      .poll(() => readdirSync(join(stack.dataDir, 'tasks')).filter((name) => !name.startsWith('.')))
      .toEqual([]);
  });

  it('changes nothing of the next step, not even in the same task', async () => {
    await attackNextStep(stack, { image: 'python:3.9', isolated: true });
  });

  it('cannot exceed the memory and the processes of a step', async () => {
    const { succeeded } = await attack(stack, `${daemon}-taking`, TAKE_ALL);

    expect(succeeded).toEqual(['fill-disk']);
    expect((await stack.request('GET', '')).status).toBe(200);
  });
});
