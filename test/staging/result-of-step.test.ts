import { describe, expect, it } from 'vitest';
import { useTasks } from './task-fixture.ts';

const prepare = useTasks();
const leaving = (...commands: string[]) => prepare({ commands, keep: { variable: true } });

describe('the result of a step', () => {
  it('is uploaded as the step left it', async () => {
    const task = await leaving('printf 10.0 > "$FS_LOG/variable.json"');
    const { status } = await task.run();
    expect(status).toMatchObject({ exitCode: 0, failure: null });
    expect((await task.broker.object('variable/variable.json')).toString()).toBe('10.0');
  });

  it.each([
    ['is missing', 'true'],
    ['is a link', 'ln -s "$FS_CTL/step.sh" "$FS_LOG/variable.json"'],
    ['is a pipe', 'mkfifo "$FS_LOG/variable.json"'],
    ['is a folder', 'mkdir "$FS_LOG/variable.json"'],
    ['is too large', 'head -c 120001 /dev/zero > "$FS_LOG/variable.json"'],
  ])('fails the step if it %s', async (_, command) => {
    const task = await leaving(command);
    const { status } = await task.run();
    expect(status).toMatchObject({
      exitCode: 0,
      failure: { code: 'no-result', message: 'the step left no result' },
    });
    await expect(task.broker.object('variable/variable.json')).rejects.toThrow();
  });

  it('is not uploaded of a step that is not asked for one', async () => {
    const task = await prepare({ commands: ['printf 1 > "$FS_LOG/variable.json"'] });
    expect((await task.run()).status).toMatchObject({ failure: null });
    await expect(task.broker.object('variable/variable.json')).rejects.toThrow();
  });

  it('lets the script read further files, which it cannot change', async () => {
    const task = await prepare({
      script: 'cat "$FS_CTL/call.json" >"$FS_LOG/0.out"; : >"$FS_LOG/end/mark"; exit 0',
      control: { 'call.json': '{"a": 1}' },
    });
    const { status } = await task.run();
    expect(status.commands[0]?.stdout).toBe('{"a": 1}');
  });
});
