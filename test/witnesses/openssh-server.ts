import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { startServerProgram } from './server-process.ts';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

/** Debian's packages of OpenSSH's server and of the library that it needs. They are unpacked, not installed. */
const PACKAGES = ['openssh-server', 'libwrap0'];

/** Why the server cannot run here; undefined if it can. It needs its own view of `/etc/passwd` and `/run`. */
export const noOpenSsh: string | undefined =
  process.getuid?.() === 0 && process.platform === 'linux' ? undefined : 'needs root on Debian';

interface SshServer {
  readonly port: number;
  /** Folder of the machine in which volumes may be. */
  readonly folder: string;
  /** Fingerprint of the server's key. */
  readonly hostKey: string;
  /** JSON text with a login that the server accepts. */
  readonly login: string;
  close(): Promise<void>;
}

/** Starts OpenSSH's server on loopback, with keys of its own and nothing but SFTP. */
export async function startOpenSsh(): Promise<SshServer> {
  const programs = await installed('openssh-server', PACKAGES.join(' '), unpack);
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-sftp-'));
  for (const name of ['host', 'user']) {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  }
  const port = await freePort();
  writeFileSync(join(folder, 'config'), configuration(folder, port));
  const passwd = readFileSync('/etc/passwd', 'utf8');
  writeFileSync(join(folder, 'passwd'), `${passwd}sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n`);
  mkdirSync(join(folder, 'data'));
  // The mounts are those of the server only.
  const script = `mount --bind "$1/passwd" /etc/passwd && mount -t tmpfs none /run && mkdir /run/sshd &&
    exec "$2/usr/sbin/sshd" -D -e -f "$1/config"`;
  const close = await startServerProgram({
    name: 'the SSH server',
    command: ['unshare', '--mount', 'sh', '-c', script, 'sh', folder, programs],
    env: { PATH: process.env.PATH, LD_LIBRARY_PATH: libraries(programs) },
    folder,
    accepts: () => accepts(port),
  });
  const privateKey = readFileSync(join(folder, 'user'), 'utf8');
  return {
    port,
    folder: join(folder, 'data'),
    hostKey: fingerprintOf(readFileSync(join(folder, 'host.pub'), 'utf8')),
    login: JSON.stringify({ username: 'root', privateKey }),
    close,
  };
}

async function unpack(folder: string): Promise<void> {
  await run('apt-get', ['download', ...PACKAGES], { cwd: folder });
  for (const name of readdirSync(folder)) await run('dpkg-deb', ['-x', join(folder, name), folder]);
}

/** Folder of the shared libraries, whose name contains the processor. */
const libraries = (programs: string): string => {
  const lib = join(programs, 'usr', 'lib');
  const triplet = readdirSync(lib).find((name) => name.endsWith('-linux-gnu')) ?? '';
  return join(lib, triplet);
};

const configuration = (folder: string, port: number): string => `
Port ${port}
ListenAddress 127.0.0.1
HostKey ${join(folder, 'host')}
AuthorizedKeysFile ${join(folder, 'user.pub')}
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
Subsystem sftp internal-sftp
ForceCommand internal-sftp
`;

/** Fingerprint of a public key file, as `ssh-keygen -l` prints it. */
const fingerprintOf = (line: string): string => {
  const key = Buffer.from(line.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
