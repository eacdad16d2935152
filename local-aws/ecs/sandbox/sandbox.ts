import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { findProgram } from '../find-program.ts';
import { bubblewrap } from './bubblewrap.ts';
import { checkChoice, type MachineChoice } from './machine-view.ts';
import { probe } from './probe.ts';
import { unshare } from './unshare.ts';
import type { SandboxCommand, SandboxedProgram } from './visible-entry.ts';

const run = promisify(execFile);

/** Isolates programs on this host. */
export interface Sandbox {
  readonly kind: 'bubblewrap' | 'unshare';
  readonly choice: MachineChoice;
  /** Returns how a program is started in the sandbox. */
  command(run: SandboxedProgram): SandboxCommand;
}

/** What a sandbox shows of the host; all of it is optional. */
export type SandboxOptions = Partial<MachineChoice>;

const INSTALL =
  'install it with "apt-get install bubblewrap" on Debian and Ubuntu, or "dnf install bubblewrap" on Fedora';
/** Programs of util-linux that are needed with unshare(1). */
const UTIL_LINUX = ['unshare', 'setpriv', 'mount', 'umount', 'pivot_root', 'setsid', 'prlimit'];
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Finds a sandbox for this host and starts a program in it to prove that it isolates: bubblewrap, or else namespaces
 * created by util-linux with the same guarantees. Call it once, because it starts several processes.
 *
 * @throws Error whose message is one sentence with what is missing and how to get it
 */
export async function findSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  if (process.platform !== 'linux') {
    throw new Error(`a sandbox needs Linux, and this is ${process.platform}: use a container engine`);
  }
  const { readOnlyFolders = [], hidden = [], ownFolders = [] } = options;
  const { path = process.env.PATH ?? SYSTEM_PATH } = options;
  const choice = { readOnlyFolders, hidden, ownFolders, path };
  await checkChoice(choice);
  const searched = `${path}:${SYSTEM_PATH}`;
  const bwrap = await findProgram('bwrap', searched);
  const faults: string[] = [];
  if (bwrap !== undefined) {
    const command = bubblewrap(bwrap, { closed: await canClose(bwrap) });
    const found = await probe(choice, command);
    if (found.length === 0) return { kind: 'bubblewrap', choice, command };
    faults.push(`bubblewrap does not isolate here: ${found[0]}`);
  }
  const missing = await missingPrograms(searched);
  if (missing.length === 0) {
    const command = unshare();
    const found = await probe(choice, command);
    if (found.length === 0) return { kind: 'unshare', choice, command };
    faults.push(`unshare does not isolate here: ${found[0]}`);
  }
  throw new Error(sentence({ bwrap: bwrap !== undefined, missing, faults }));
}

async function canClose(bwrap: string): Promise<boolean> {
  const { stdout } = await run(bwrap, ['--help']).catch(() => ({ stdout: '' }));
  return stdout.includes('--disable-userns');
}

async function missingPrograms(path: string): Promise<string[]> {
  const found = await Promise.all(UTIL_LINUX.map((name) => findProgram(name, path)));
  return UTIL_LINUX.filter((_, index) => found[index] === undefined);
}

function sentence(given: {
  readonly bwrap: boolean;
  readonly missing: readonly string[];
  readonly faults: readonly string[];
}): string {
  const setting = closedSetting();
  const why = given.faults.length > 0 ? ` (${given.faults.join('; ')})` : '';
  if (setting !== undefined) {
    return `the kernel does not allow this user to create namespaces: as root, ${setting}, or use a container engine${why}`;
  }
  if (!given.bwrap) return `bubblewrap is missing: ${INSTALL}${why}`;
  return `this host does not allow this user to create namespaces, as is usual in a container: use a container engine, or run the server outside${why}`;
}

/** Returns what root must do to give users namespaces; undefined if no known setting prevents them. */
function closedSetting(): string | undefined {
  if (process.getuid?.() === 0) return undefined;
  const settings = [
    ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
    ['kernel.unprivileged_userns_clone', '0', '1'],
    ['user.max_user_namespaces', '0', '15000'],
  ] as const;
  for (const [name, closed, open] of settings) {
    if (readSetting(name) !== closed) continue;
    return name.includes('apparmor')
      ? `allow them for bubblewrap with an AppArmor profile (Ubuntu since 24.04), or for all programs with "sysctl -w ${name}=${open}"`
      : `run "sysctl -w ${name}=${open}"`;
  }
  return undefined;
}

function readSetting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
