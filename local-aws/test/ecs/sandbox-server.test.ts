import { execFile, execFileSync, spawn } from 'node:child_process';
import { accessSync, chmodSync, chownSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createProcessRunner } from '../../ecs/process-runner.ts';
import { findControlGroups } from '../../ecs/sandbox/control-groups.ts';
import { findSandboxes, useSandbox } from './sandboxes.ts';

const PROGRAM = fileURLToPath(new URL('./sandboxed-task.ts', import.meta.url));
/** User and group id of `nobody`. */
const NOBODY = 65_534;

const sandboxes = await findSandboxes();
const { atEnd, workRoot } = useSandbox();
const run = promisify(execFile);

/**
 * Whether root can run the program as another user, who may not have access to the folder of the sources or of Node.
 */
const canBeNobody = (() => {
  if (process.getuid?.() !== 0) return false;
  try {
    const options = { uid: NOBODY, gid: NOBODY, stdio: 'ignore' } as const;
    accessSync(PROGRAM);
    execFileSync(process.execPath, ['-e', `require('fs').accessSync(${JSON.stringify(PROGRAM)})`], options);
    return true;
  } catch {
    return false;
  }
})();

describe.each(sandboxes.map((sandbox) => [sandbox.kind, sandbox] as const))(
  'a server with %s',
  (kind, sandbox) => {
    it('takes its containers with it when it is killed, and the next server finds only their folders', async () => {
      const beat = 'while :; do echo beat >>beats; sleep 0.02; done';
      const server = spawn(
        process.execPath,
        [PROGRAM, workRoot(), kind, `setsid sh -c '${beat}' & ${beat}`],
        {
          stdio: 'ignore',
        },
      );
      const file = join(workRoot(), 'a'.repeat(32), 'volumes', 'work', 'beats');
      const look = () => readFile(file, 'utf8').catch(() => '');
      await expect.poll(look).not.toBe('');

      server.kill('SIGKILL');

      await expect
        .poll(async () => {
          const before = await look();
          await new Promise((resolve) => setTimeout(resolve, 300));
          return before === (await look());
        })
        .toBe(true);
      const isolation = { sandbox, isolationOf: () => ({ network: false }) };
      const runner = createProcessRunner({ workRoot: workRoot(), isolation });
      atEnd(() => runner.close());
      await runner.recover([]);
      expect((await readdir(workRoot())).filter((name) => !name.startsWith('.'))).toEqual([]);
      const groups = await findControlGroups(workRoot());
      const group = await groups?.open('a'.repeat(32), { memoryBytes: 2 ** 28, processes: 1, cpuUnits: 256 });
      if (group) expect((await readFile(group.joins[0] ?? '', 'utf8')).trim()).toBe('');
      await group?.remove();
    });

    it.runIf(canBeNobody)('isolates, limits and removes containers as an ordinary user, too', async () => {
      const folder = join(workRoot(), 'of-nobody');
      await mkdir(folder);
      chmodSync(workRoot(), 0o755);
      chownSync(folder, NOBODY, NOBODY);
      const script = [
        'mkdir -p closed/inner && : >closed/inner/file && chmod 000 closed/inner closed',
        '( : >/proc/sys/kernel/core_pattern ) 2>/dev/null && exit 10',
        `[ -e ${PROGRAM} ] && exit 11`,
        '[ "$(id -u)" = 1000 ] || exit 12',
        // Without control groups, the limit of the user namespace applies to processes.
        'n=0; while [ $n -lt 1100 ]; do sleep 20 2>/dev/null & n=$((n + 1)); done',
        'exit 13',
      ].join('\n');

      const { stdout } = await run(process.execPath, [PROGRAM, folder, kind, script], {
        uid: NOBODY,
        gid: NOBODY,
        env: { PATH: '/usr/bin:/bin' },
      });

      // The shell cannot fork any more.
      expect(stdout).toBe('2\n');
      expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual([]);
    });
  },
);
