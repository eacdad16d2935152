import { join, posix } from 'node:path';

/** The folders in which this process can create control groups, by controller. */
export type GroupFolders =
  /** One hierarchy for each controller (cgroups(7), version 1). */
  | { readonly version: 1; readonly memory: string; readonly pids: string; readonly cpu: string | undefined }
  /** One hierarchy for all of them. */
  | { readonly version: 2; readonly parent: string };

interface Mounted {
  /** The path of the hierarchy that is mounted at `point`. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly controllers: readonly string[];
}

/**
 * Finds where control groups are mounted and to which ones the process belongs.
 *
 * With version 1, groups are created below the process's own group, whose limits then apply to them, too. With version
 * 2, a group with processes cannot contain groups with limits, so they are created at the top of the visible
 * hierarchy.
 *
 * @param mountinfo text of `/proc/self/mountinfo` (proc(5))
 * @param membership text of `/proc/self/cgroup` (cgroups(7))
 */
export function findGroupFolders(mountinfo: string, membership: string): GroupFolders | undefined {
  const mounts = mountinfo.split('\n').flatMap(readMount);
  const own = new Map(membership.split('\n').flatMap(readMembership));
  const folderOf = (controller: string) => {
    const mount = mounts.find(
      ({ type, controllers }) => type === 'cgroup' && controllers.includes(controller),
    );
    return mount && join(mount.point, posix.relative(mount.root, own.get(controller) ?? mount.root));
  };
  const [memory, pids] = [folderOf('memory'), folderOf('pids')];
  if (memory !== undefined && pids !== undefined) return { version: 1, memory, pids, cpu: folderOf('cpu') };
  const unified = mounts.find(({ type }) => type === 'cgroup2');
  return unified && { version: 2, parent: unified.point };
}

function readMount(line: string): Mounted[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root, point] = before.split(' ');
  const [type, , options = ''] = after.split(' ');
  if (root === undefined || point === undefined || type === undefined) return [];
  return type.startsWith('cgroup') ? [{ root, point, type, controllers: options.split(',') }] : [];
}

function readMembership(line: string): [string, string][] {
  const [, controllers = '', path = '/'] = line.split(':');
  return controllers.split(',').map((controller) => [controller, path]);
}
