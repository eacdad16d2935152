import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { findSandboxes, useSandbox } from './sandboxes.ts';

const sandboxes = await findSandboxes();
const { openTask, start } = useSandbox();

/** Waits until a process has written, however late it runs. */
const WRITTEN = `
while not os.path.exists('alive') or os.path.getsize('alive') == 0: time.sleep(0.05)
`;
/** Each program delays the end of the sandbox's init process in its own way, and writes as long as it lives. */
const STARVE = `
import os, time
for call in (
    lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)),
    lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
):
    try: call()
    except OSError: pass
for number in range(60):
    if os.fork() == 0:
        os.setsid()
        file = os.open('alive', os.O_WRONLY | os.O_CREAT)
        while True: os.pwrite(file, str(time.time_ns()).encode(), 0)
${WRITTEN}`;
const TRACE = `
import ctypes, os, time
if os.fork() == 0:
    os.setsid()
    TRACE_EXIT = 0x40
    ctypes.CDLL(None).ptrace(0x4206, 1, 0, TRACE_EXIT)
    file = os.open('alive', os.O_WRONLY | os.O_CREAT)
    while True: os.pwrite(file, str(time.time_ns()).encode(), 0)
${WRITTEN}`;

/**
 * After the end of a step, `warden` reads the volumes as the server's user, and would follow a folder that a remaining
 * process replaced by a link.
 */
describe.each(sandboxes.map((sandbox) => [sandbox.kind, sandbox] as const))(
  'a container in %s',
  (_, sandbox) => {
    it.each([
      ['starves', 'ended', STARVE],
      ['starves', 'was killed', STARVE],
      ['traces', 'ended', TRACE],
      ['traces', 'was killed', TRACE],
    ])(
      'leaves no process that writes when one %s its init process and the program %s',
      async (_how, end, program) => {
        const { opened, volume } = await openTask(sandbox);
        const written = () => readFile(volume('work', 'alive'), 'utf8').catch(() => '');
        const last = end === 'was killed' ? 'sleep 60' : ':';
        const running = await start(opened, `python3 -c "${program}"; : >begun; ${last}`);
        if (end === 'was killed') {
          await expect.poll(() => existsSync(volume('work', 'begun')), { timeout: 30_000 }).toBe(true);
          running.signal('SIGKILL');
        }
        await running.exited;
        const before = await written();
        expect(before).not.toBe('');
        await pause(300);
        expect(await written()).toBe(before);
        await opened.remove();
      },
    );
  },
);
