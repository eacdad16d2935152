import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Task, TaskOptions } from './task.ts';
import { useTasks } from './task-fixture.ts';

const prepare = useTasks();

/** Runs the first step; then the container of the next one starts, as the container service does it. */
async function runBoth(task: Task) {
  await task.stage();
  const warden = task.startWarden();
  const first = await task.startStep().ended;
  const next = task.startNext();
  const { output, code } = await warden.ended;
  // The warden is essential: its end is that of the task.
  next.child.kill('SIGTERM');
  return {
    first: first.code,
    next: (await next.ended).code,
    warden: { output, code },
    status: await task.status(),
  };
}

const both = (first: TaskOptions, next: TaskOptions) => prepare({ ...first, next: { index: 1, ...next } });

describe('the next step of a task', () => {
  it('gets its own files once the first step succeeded, whose files are removed', async () => {
    const task = await both(
      {
        files: { 'a.txt': 'a' },
        commands: ['echo left > b.txt; chmod 000 .; echo out', 'echo x > "$FS_LOG/left"'],
      },
      { files: { 'c.txt': 'c' }, commands: ['ls; ls "$FS_LOG"'] },
    );
    const { first, next, warden, status } = await runBoth(task);
    expect([first, next, warden.code]).toEqual([0, 0, 0]);
    expect(status).toMatchObject({ step: { index: 1 }, exitCode: 0, failure: null });
    expect(status.commands).toEqual([
      { stdout: expect.stringMatching(/^c\.txt\n0\.err\n0\.out\n/), stderr: '', truncated: false },
    ]);
    expect([...readdirSync(task.work), ...readdirSync(task.log)]).toEqual([]);
    expect(warden.output).toMatch(/^step 0: exit code 0.*\nstaged 1 files.*\nstep 1: exit code 0/);
    expect(task.broker.seen.filter(({ path }) => path === '/next')).toHaveLength(1);
  });

  it.each([
    ['failed', ['exit 3']],
    ['leaves what cannot be kept', ['head -c 2000 /dev/zero > large']],
  ])('never runs after a step that %s', async (_what, commands) => {
    const task = await both({ commands, limits: { fileBytes: 1000 } }, { commands: ['true'] });
    const { next, status } = await runBoth(task);
    expect(next).toBe(143);
    expect(status.step.index).toBe(0);
    expect(task.broker.seen.filter(({ path }) => path === '/next')).toEqual([]);
    expect(existsSync(`${task.later.log}/begun`)).toBe(false);
  });

  it('does not begin if the broker rejects it, which is not a failure of the first', async () => {
    const task = await both({ commands: ['true'] }, { commands: ['true'] });
    task.broker.failWith(({ path }) => (path === '/next' ? 403 : undefined));
    const { next, warden, status } = await runBoth(task);
    expect([next, warden.code]).toEqual([143, 0]);
    expect(status).toMatchObject({ step: { index: 0 }, exitCode: 0, failure: null });
    expect(warden.output).toContain('the next step does not begin here');
  });

  it('reports that its files were not laid out', async () => {
    const task = await both(
      { commands: ['true'] },
      { entries: [{ type: 'link', path: 'out', target: '../outside' }], commands: ['true'] },
    );
    const { next, status } = await runBoth(task);
    expect(next).toBe(143);
    expect(status).toMatchObject({ step: { index: 1 }, exitCode: null, failure: { code: 'layout' } });
  });
});
