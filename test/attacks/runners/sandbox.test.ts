import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSandbox } from '@flowserv/local-aws';
import { describe, expect, it } from 'vitest';
import { useStack } from '../../end-to-end/stack-fixture.ts';
import { attack, processesWith, TAKE_ALL } from './hostile-run.ts';

const missing = await findSandbox().then(
  () => undefined,
  (error: Error) => error.message,
);
if (missing !== undefined) {
  process.stderr.write(`SKIPPED: the attacks of a step in a sandbox, since ${missing}\n`);
}

/** A step that is a program of a participant's reaches nothing but its own files. */
describe.skipIf(missing !== undefined)('a hostile step in a sandbox', () => {
  const stack = useStack({ env: { FLOWSERV_RUNNER: 'sandbox' } });
  const daemon = `left-in-sandbox-${process.pid}`;

  it('reaches nothing of the server and the machine, and leaves nothing', async () => {
    const { run, succeeded } = await attack(stack, daemon, ['--destroy']);

    // What a step may write is bounded by a watch over the disk, and by the largest file.
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

  it('gets no more memory and processes than a step has', async () => {
    const { succeeded } = await attack(stack, `${daemon}-taking`, TAKE_ALL);

    expect(succeeded).toEqual(['fill-disk']);
    expect((await stack.request('GET', '')).status).toBe(200);
  });
});
