import { describe, expect, it } from 'vitest';
import { stepLogSchema } from '../../shared/staging/protocol-schema.ts';
import type { Task } from './task.ts';
import { useTasks } from './task-fixture.ts';

const prepare = useTasks();

/** The log of an ended step, and its streams that are files of their own. */
async function storedLog({ broker }: Task) {
  const log = stepLogSchema.parse(JSON.parse((await broker.object('log/end')).toString()));
  const stream = async (name: 'stdout' | 'stderr') =>
    log[name].bytes === null ? broker.object(`log/${name}`) : Buffer.alloc(0);
  return { log, stdout: await stream('stdout'), stderr: await stream('stderr') };
}

describe('the logs of a step', () => {
  it('cuts long output in the middle and stores more of it as an object', async () => {
    const task = await prepare({ commands: ['echo first; yes ü | head -c 300000; echo last'] });
    const { status } = await task.run();
    const { stdout = '', truncated } = status.commands[0] ?? {};
    expect(truncated).toBe(true);
    expect(stdout).toMatch(/^first\nü\n[\s\S]*\[… \d+ bytes left out …\][\s\S]*\nlast\n$/);
    expect(stdout).not.toContain('\uFFFD');
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(32 * 1024);
    expect((await task.broker.object('log/stdout')).length).toBe(300_011);
  });

  it('keeps both ends of 100 MB on one line and of two million lines (report 27)', async () => {
    const line = `printf first; head -c 100000000 /dev/zero | tr '\\0' x; printf last`;
    const task = await prepare({ commands: [line, 'seq 2000000'] });
    const { status } = await task.run();
    const [one, many] = status.commands.map(({ stdout }) => stdout);
    expect(one).toMatch(/^firstx+\n\[… \d+ bytes left out …\]\nx+last$/);
    expect(many).toMatch(/^1\n2\n[\s\S]*\n\[… \d+ bytes left out …\]\n[\s\S]*\n2000000\n$/);
  });

  it('bounds all text blocks together and the stored logs together', async () => {
    const commands = Array.from({ length: 10 }, (_, index) => `yes ${index} | head -c 100000`);
    const task = await prepare({ commands, limits: { logBytes: 50_000 } });
    const { status } = await task.run();
    const total = status.commands.reduce((sum, { stdout }) => sum + Buffer.byteLength(stdout), 0);
    expect(status.commands).toHaveLength(10);
    expect(total).toBeLessThanOrEqual(192 * 1024);
    expect(total).toBeGreaterThan(190 * 1024);
    const { log, stdout: content } = await storedLog(task);
    expect(log.stdout).toMatchObject({ size: 1_000_000, bytes: null });
    const [head, tail] = log.stdout.parts;
    expect(content.length).toBeLessThanOrEqual(50_000);
    expect([head?.start, head?.at, (tail?.start ?? 0) + (tail?.length ?? 0)]).toEqual([0, 0, 1_000_000]);
    const text = content.toString();
    expect(text.startsWith('0\n0\n')).toBe(true);
    expect(text.endsWith('\n9\n9\n')).toBe(true);
    expect(content.subarray(head?.length, tail?.at).toString()).toBe('\n[… bytes left out …]\n');
  });

  it('bounds output that is not text', async () => {
    const task = await prepare({ commands: ['head -c 200000 /dev/zero | tr "\\0" "\\377"'] });
    const { status } = await task.run();
    const { stdout = '' } = status.commands[0] ?? {};
    expect(stdout).toContain('\uFFFD');
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(32 * 1024);
  });

  it('reads no log through a link', async () => {
    const task = await prepare({
      commands: ['ln -s /proc/self/environ "$FS_LOG/1.out"; mkfifo "$FS_LOG/2.out"; echo seen'],
    });
    const { status } = await task.run();
    expect(status.commands).toEqual([{ stdout: 'seen\n', stderr: '', truncated: false }]);
    expect((await storedLog(task)).log.stdout).toMatchObject({ size: 5, bytes: btoa('seen\n') });
  });

  it('are stored as a log with the output of all commands in order, byte by byte', async () => {
    const task = await prepare({
      commands: ['printf "a\\377"; echo e >&2', 'head -c 70000 /dev/zero >&2', 'echo b; exit 3'],
    });
    expect((await task.run()).status.exitCode).toBe(3);
    const { log, stderr } = await storedLog(task);
    expect(Buffer.from(log.stdout.bytes ?? '', 'base64')).toEqual(Buffer.from('a\xffb\n', 'latin1'));
    expect(log.stderr).toEqual({ size: 70_002, parts: [{ start: 0, length: 70_002, at: 0 }], bytes: null });
    expect(stderr).toEqual(Buffer.concat([Buffer.from('e\n'), Buffer.alloc(70_000)]));
    expect(log.folder).toBe(task.work);
  });
});
