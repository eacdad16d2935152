import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerLaunch } from './launch.ts';
import { findSandboxes, useSandbox } from './sandboxes.ts';
import { fileText } from './stack.ts';

const sandboxes = await findSandboxes();
const { openTask, output, script, start, atEnd, workRoot } = useSandbox();

describe.each(sandboxes.map((sandbox) => [sandbox.kind, sandbox] as const))(
  'a container in %s',
  (_, sandbox) => {
    it('has the paths of its definition, only its own variables, and its exit code', async () => {
      const { exitCode, printed } = await output(
        sandbox,
        'pwd; cat /app/ctl/given; env | sort; exit 5',
        {},
        {
          environment: { COLOUR: "it's red", ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:1/v4/x' },
        },
      );

      expect(exitCode).toBe(5);
      expect(printed.split('\n').filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual([
        '/app/work',
        'given',
        "COLOUR=it's red",
        'ECS_CONTAINER_METADATA_URI_V4=http://127.0.0.1:1/v4/x',
        'HOME=/home/user',
        'LANG=C.UTF-8',
        expect.stringMatching(/^PATH=\/run\/tools:.*\/usr\/bin/),
        'TMPDIR=/tmp',
        '',
      ]);
    });

    it('finds python, python3, and the Node of the stack', async () => {
      const { lines } = await output(
        sandbox,
        'python -c "print(1)"; python3 -c "print(2)"; node -p process.version',
      );

      expect(lines).toEqual(['1', '2', process.version]);
    });

    it('can write only to its volumes, home and temporary folders', async () => {
      const writable = ['/app/work', '/home/user', '/tmp', '/var/tmp', '/dev/shm'];
      const others = ['/', '/app', '/app/ctl', '/usr', '/etc', '/dev', '/run', '/proc/sys/kernel'];
      const { lines } = await output(
        sandbox,
        `for at in ${[...writable, ...others].join(' ')}; do ( : >$at/file ) 2>/dev/null && echo $at; done; :`,
      );

      expect(lines).toEqual(writable);
    });

    it('sees nothing of the host but its programs', async () => {
      const { lines } = await output(
        sandbox,
        `ls -A /; echo; ls -A ${workRoot()} /root /home /sys /var; cat /etc/shadow; id -u; ls /proc | grep -c '^[0-9]'; wc -l </proc/net/dev`,
      );
      const top = lines.slice(0, lines.indexOf(''));

      expect(top.filter((name) => !/^(bin|sbin|lib\w*)$/.test(name))).toEqual([
        'app',
        'dev',
        'etc',
        'home',
        'proc',
        'run',
        'tmp',
        'usr',
        'var',
      ]);
      const rest = lines.slice(top.length).join('\n');
      expect(rest).toContain(`cannot access '${workRoot()}'`);
      for (const gone of ['/root', '/sys', '/etc/shadow'])
        expect(rest).toMatch(new RegExp(`${gone}'?: No such file`));
      expect(rest).toMatch(/\/home:\nuser\n/);
      // Its user, its processes, and two header lines followed by the loopback interface.
      expect(lines.at(-3)).toBe('1000');
      expect(Number(lines.at(-2))).toBeLessThan(6);
      expect(lines.at(-1)).toBe('3');
    });

    it('reaches a service of the host only if it may use the network', async () => {
      const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      atEnd(() => server.close());
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const connect = `python3 -c 'import socket; socket.create_connection(("127.0.0.1", ${port}), 3); print("reached")'`;

      expect((await output(sandbox, connect)).printed).toContain('Connection refused');
      expect((await output(sandbox, connect, { network: true })).printed).toBe('reached\n');
    });

    it('receives SIGTERM in its first process and has time to end', async () => {
      const { opened, volume } = await openTask(sandbox);
      const running = await start(
        opened,
        `trap 'sleep 0.2; echo saved >state; exit 9' TERM; echo ready >ready; sleep 60 & wait`,
      );
      await fileText(volume('work', 'ready'));
      running.signal('SIGTERM');

      expect(await running.exited).toBe(9);
      expect(await readFile(volume('work', 'state'), 'utf8')).toBe('saved\n');
      await opened.remove();
    });

    it('ends with 143 after an unhandled SIGTERM, and with 137 after SIGKILL', async () => {
      const { opened, volume } = await openTask(sandbox);
      for (const [signal, code] of [
        ['SIGTERM', 143],
        ['SIGKILL', 137],
      ] as const) {
        const running = await start(opened, `echo ready >${signal}; exec sleep 60`);
        await fileText(volume('work', signal));
        running.signal(signal);
        expect(await running.exited).toBe(code);
        // The number may belong to another process by then.
        running.signal(signal);
      }
      await opened.remove();
    });

    it('leaves no process, regardless of its process group and session', async () => {
      const { opened, volume } = await openTask(sandbox);
      const beat = 'while :; do date +%N >/app/work/beat; sleep 0.02; done';
      const running = await start(
        opened,
        `setsid sh -c '${beat}' & until [ -s beat ]; do sleep 0.02; done; exit 0`,
      );

      expect(await running.exited).toBe(0);
      const last = await readFile(volume('work', 'beat'), 'utf8');
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await readFile(volume('work', 'beat'), 'utf8')).toBe(last);
      await opened.remove();
    });

    it('does not start if its program is missing, with a reason', async () => {
      const { opened } = await openTask(sandbox);

      const rejected = opened.start(containerLaunch({ command: ['no-such-program'] }));

      await expect(rejected).rejects.toThrow('exec: no-such-program: not found');
      await opened.remove();
    });

    it('leaves only folders that can be removed, even if they are deep or closed', async () => {
      const deep =
        'for i in 1 2 3; do for j in 1 2 3 4 5 6 7 8 9; do n=$n/ten-letters-and-more-of-them; done; done';
      const { opened } = await openTask(sandbox);
      const running = await start(
        opened,
        `${deep}; mkdir -p .$n; cd .$n; mkdir -p .$n; cd .$n; mkdir -p .$n; cd .$n; mkdir -p .$n; cd .$n; mkdir -p .$n; cd .$n; mkdir -p .$n; cd /app/work; mkdir -p closed/inner; : >closed/inner/file; chmod 000 closed/inner closed; chmod 000 /tmp /home/user .`,
      );
      expect(await running.exited).toBe(0);
      await opened.remove();

      expect((await readdir(workRoot())).filter((entry) => !entry.startsWith('.'))).toEqual([]);
    });

    it('shares its volumes with a trusted container, which is a plain process', async () => {
      const { opened, volume } = await openTask(sandbox);
      const trusted = await opened.start(
        script('cat "$APP_CTL/given" >"$APP_WORK/copied"; echo $$ >"$APP_WORK/pid"', {
          name: 'trusted',
          environment: { APP_WORK: '/app/work', APP_CTL: '/app/ctl' },
        }),
      );
      expect(await trusted.exited).toBe(0);
      const isolated = await start(opened, 'cat copied >again');
      expect(await isolated.exited).toBe(0);

      expect(await readFile(volume('work', 'again'), 'utf8')).toBe('given\n');
      await opened.remove();
    });
  },
);

describe.runIf(sandboxes.length > 0)('the choice of visible folders', () => {
  it('adds folders with their programs and covers hidden folders', async () => {
    const [first] = sandboxes;
    if (!first) return;
    const tools = await mkdtemp(join(tmpdir(), 'local-tools-'));
    atEnd(() => void rm(tools, { recursive: true, force: true }));
    await mkdir(join(tools, 'bin'));
    await mkdir(join(tools, 'private'));
    await writeFile(join(tools, 'private', 'key'), 'secret');
    await writeFile(join(tools, 'bin', 'own-tool'), '#!/bin/sh\necho mine\n', { mode: 0o755 });
    await symlink('own-tool', join(tools, 'bin', 'python'));
    const choice = { ...first.choice, readOnlyFolders: [tools], hidden: [join(tools, 'private')] };

    const { lines } = await output(
      { ...first, choice },
      `own-tool; python; ls -A ${tools}/private; ( : >${tools}/file ) 2>/dev/null && echo written; :`,
    );

    expect(lines).toEqual(['mine', 'mine']);
  });

  it('shows an environment inside the folder of the server, and nothing else of that folder', async () => {
    const [first] = sandboxes;
    if (!first) return;
    const clone = await mkdtemp(join(tmpdir(), 'local-clone-'));
    atEnd(() => void rm(clone, { recursive: true, force: true }));
    const tools = join(clone, '.venv');
    await mkdir(join(tools, 'bin'), { recursive: true });
    await writeFile(join(clone, 'source'), '');
    await writeFile(join(tools, 'bin', 'own-tool'), '#!/bin/sh\necho mine\n', { mode: 0o755 });
    const see = async (folder: string) => {
      const choice = { ...first.choice, readOnlyFolders: [folder], ownFolders: [clone] };
      const { lines } = await output(
        { ...first, choice },
        `{ ls -A ${clone}; ls -A ${tools}; own-tool; } 2>/dev/null; :`,
      );
      return lines;
    };

    expect(await see(tools)).toEqual(['.venv', 'bin', 'mine']);
    expect(await see(clone)).toEqual(['']);
  });
});
