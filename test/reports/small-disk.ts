import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../../shared/config.ts';
import { createServices } from '../../shared/services/services.ts';
import { stepRunner } from '../step-runner.ts';

const FLOWSERV = fileURLToPath(new URL('../../bin/flowserv.mjs', import.meta.url));

/** Ways to give a program a mount namespace of its own: as an ordinary user, otherwise as root. */
const namespaces = [
  { unshare: ['-rm'], enter: ['--user', '--preserve-credentials', '--mount'] },
  { unshare: ['-m'], enter: ['--mount'] },
] as const;
const namespace = namespaces.find(({ unshare }) => {
  const mount = 'mount -t tmpfs -o size=1m tmpfs /tmp && command -v nsenter';
  return spawnSync('unshare', [...unshare, 'sh', '-c', mount]).status === 0;
});

/**
 * Whether a test can mount a file system on this host. If not, prints a line, because skipped tests prove nothing.
 */
export const canMount = namespace !== undefined;
if (!canMount) {
  process.stderr.write(
    'SKIPPED: the tests on small disks, because neither `unshare -rm` nor `unshare -m` can mount a tmpfs on this machine\n',
  );
}

/** Mounts a separate file system in memory, limited by `options` of mount(8), and runs servers on it. */
export async function mountSmallDisk(options: string) {
  const mount = mkdtempSync(join(tmpdir(), 'flowserv-small-'));
  const script = 'mount -t tmpfs -o "$1" tmpfs "$0" && echo mounted && exec sleep infinity';
  const holder = spawn('unshare', [...(namespace?.unshare ?? []), 'sh', '-c', script, mount, options]);
  await once(holder.stdout, 'data');
  const dataDir = join(mount, 'data');
  const enter = ['-t', String(holder.pid), ...(namespace?.enter ?? [])];
  const servers: ChildProcess[] = [];
  /** Runs a shell script in the mount namespace of the disk, with the disk as its working folder. */
  const run = (command: string) => {
    const inside = ['sh', '-c', `cd "$0" && ${command}`, mount];
    const { status, stdout, stderr } = spawnSync('nsenter', [...enter, ...inside], { encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  };

  return {
    dataDir,
    run,
    /** `fill` uses up the remaining space, `free` releases it. */
    fill: () => run('cat /dev/zero >filler; true'),
    free: () => run('rm -rf filler*'),
    /**
     * Starts `flowserv local` and waits until it is ready or ended; the shell runs the commands of `limits` first.
     */
    async start(limits = 'true') {
      const env = { ...process.env, ...stepRunner };
      const command = `${limits} && exec "$0" "$@"`;
      const server = [process.execPath, FLOWSERV, 'local', '--data-dir', dataDir, '--port', '0'];
      const child = spawn('nsenter', [...enter, 'sh', '-c', command, ...server], { env });
      servers.push(child);
      let output = '';
      const ended = once(child, 'close');
      const ready = new Promise<void>((resolve) => {
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding('utf8').on('data', (text: string) => {
            output += text;
            if (output.includes('\nready;')) resolve();
          });
        }
      });
      await Promise.race([ready, ended]);
      return {
        output: () => output,
        isAlive: () => child.exitCode === null && child.signalCode === null,
        async kill(signal: 'SIGTERM' | 'SIGKILL') {
          child.kill(signal);
          await ended;
          return child.exitCode;
        },
        /** Base URL of the API, and the services of the operator. */
        reach() {
          // The paths are those inside the mount namespace. Outside, the mount is reached through the process that
          // holds it.
          const seen = `/proc/${holder.pid}/root${dataDir}`;
          const text = readFileSync(join(seen, 'stack.json'), 'utf8').replaceAll(dataDir, seen);
          const { url, operator } = JSON.parse(text);
          return { url: String(url), services: createServices(readConfig(operator)) };
        },
      };
    },
    remove() {
      for (const child of servers) child.kill('SIGKILL');
      holder.kill('SIGKILL');
      rmSync(mount, { recursive: true, force: true });
    },
  };
}
