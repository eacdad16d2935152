import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeGroup } from '../remove-group.ts';
import { findGroupFolders, type GroupFolders } from './group-folders.ts';

/** Maximum attempts to remove a group. It fails while a killed process still exists, for some milliseconds. */
const REMOVE_ATTEMPTS = 100;
const REMOVE_PAUSE_MS = 20;

/** Limits of the processes of a group together. */
interface GroupLimits {
  readonly memoryBytes: number;
  readonly processes: number;
  /** Their share of the processor under contention: an ordinary process has 1,024 units. */
  readonly cpuUnits: number;
}

/** The control group of a task. */
export interface ControlGroup {
  /** Files to which a process writes 0 to join. */
  readonly joins: readonly string[];
  /** Kills the processes that are left in it. */
  remove(): Promise<void>;
}

/** Creates control groups, all below one folder of each hierarchy. */
export interface ControlGroups {
  open(name: string, limits: GroupLimits): Promise<ControlGroup>;
  /** Removes all groups, with the processes in them. */
  removeAll(): Promise<void>;
  /** Removes the folder of the groups once it is empty. */
  close(): Promise<void>;
}

/**
 * Returns the control groups of this host (cgroups(7)), if this process may create them: usually as root, otherwise if
 * the system delegated a hierarchy to its user.
 *
 * @param owner text that is unique among the users of control groups on this host, such as the folder of the tasks
 * @returns undefined if groups for memory and processes cannot be created
 */
export async function findControlGroups(
  owner: string,
  folders = readGroupFolders(),
): Promise<ControlGroups | undefined> {
  if (!folders) return undefined;
  const folder = `local-aws-${createHash('sha256').update(owner).digest('hex').slice(0, 16)}`;
  const made =
    folders.version === 1 ? separateGroups(folders, folder) : unifiedGroups(folders.parent, folder);
  try {
    await made.prepare();
    const trial = await made.groups.open('trial', { memoryBytes: 2 ** 30, processes: 16, cpuUnits: 1024 });
    await trial.remove();
    return made.groups;
  } catch {
    return undefined;
  }
}

/** Removes the groups that a killed stack left for an owner, with the processes in them. */
export async function removeControlGroups(owner: string): Promise<void> {
  const groups = await findControlGroups(owner);
  await groups?.removeAll();
  await groups?.close();
}

function readGroupFolders(): GroupFolders | undefined {
  try {
    return findGroupFolders(
      readFileSync('/proc/self/mountinfo', 'utf8'),
      readFileSync('/proc/self/cgroup', 'utf8'),
    );
  } catch {
    return undefined;
  }
}

function separateGroups(folders: Extract<GroupFolders, { version: 1 }>, folder: string) {
  const bases = [folders.memory, folders.pids, ...(folders.cpu === undefined ? [] : [folders.cpu])].map(
    (base) => join(base, folder),
  );
  const [memory = '', pids = '', cpu] = bases;
  const open = async (name: string, limits: GroupLimits): Promise<ControlGroup> => {
    const ownFolders = bases.map((base) => join(base, name));
    await Promise.all(ownFolders.map(makeFolder));
    await setLimit(memory, name, 'memory.limit_in_bytes', limits.memoryBytes);
    // The limit with swap; this file is missing if the kernel does not account for swap.
    await setLimit(memory, name, 'memory.memsw.limit_in_bytes', limits.memoryBytes, true);
    await setLimit(pids, name, 'pids.max', limits.processes);
    if (cpu !== undefined) await setLimit(cpu, name, 'cpu.shares', Math.max(2, limits.cpuUnits));
    return groupOf(ownFolders);
  };
  return { prepare: () => Promise.all(bases.map(makeFolder)), groups: { open, ...endOf(bases) } };
}

function unifiedGroups(parent: string, folder: string) {
  const base = join(parent, folder);
  const enable = async (group: string) => {
    await writeFile(join(group, 'cgroup.subtree_control'), '+memory +pids');
    await writeFile(join(group, 'cgroup.subtree_control'), '+cpu').catch(() => {});
  };
  const prepare = async () => {
    await enable(parent);
    await makeFolder(base);
    await enable(base);
  };
  const open = async (name: string, limits: GroupLimits): Promise<ControlGroup> => {
    await makeFolder(join(base, name));
    await setLimit(base, name, 'memory.max', limits.memoryBytes);
    await setLimit(base, name, 'memory.swap.max', 0, true);
    await setLimit(base, name, 'pids.max', limits.processes);
    // The kernel's conversion of shares (systemd and runc use it, too).
    const weight = 1 + Math.floor(((Math.max(2, limits.cpuUnits) - 2) * 9_999) / 262_142);
    await setLimit(base, name, 'cpu.weight', weight, true);
    return groupOf([join(base, name)]);
  };
  return { prepare, groups: { open, ...endOf([base]) } };
}

async function setLimit(
  base: string,
  name: string,
  file: string,
  value: number,
  optional = false,
): Promise<void> {
  const path = join(base, name, file);
  if (optional && !existsSync(path)) return;
  await writeFile(path, String(value));
}

/** Creates a folder, which may already exist after a server was killed. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

const groupOf = (folders: readonly string[]): ControlGroup => ({
  joins: folders.map((folder) => join(folder, 'cgroup.procs')),
  remove: async () => void (await Promise.all(folders.map(killAndRemove))),
});

const endOf = (bases: readonly string[]): Pick<ControlGroups, 'removeAll' | 'close'> => ({
  async removeAll() {
    for (const base of bases) {
      const entries = await readdir(base, { withFileTypes: true }).catch(() => []);
      const groups = entries.filter((entry) => entry.isDirectory());
      await Promise.all(groups.map(({ name }) => killAndRemove(join(base, name))));
    }
  },
  async close() {
    for (const base of bases) await rmdir(base).catch(() => {});
  },
});

const killAndRemove = (folder: string): Promise<void> =>
  removeGroup(folder, {
    attempts: REMOVE_ATTEMPTS,
    pauseMs: REMOVE_PAUSE_MS,
    onBusy: () => killMembers(folder),
  });

/** Kills the processes of a group. It contains only processes that were started in it, so no other process is hit. */
async function killMembers(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
  for (const pid of text.split('\n').map(Number)) {
    // 0 stands for a process outside this namespace; as an argument of kill it would mean this process's own group.
    if (pid <= 1) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It already ended.
    }
  }
}
