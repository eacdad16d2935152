import { posix } from 'node:path';
import type { ContainerLaunch, Mount } from './runner.ts';

/** Folders of this host that replace the paths of a container. */
export interface ContainerFolders {
  /** The real folder of a volume. */
  volume(name: string): string;
  /** A private folder of the container, which replaces the image's root; also its user's home. */
  readonly root: string;
  /** Below `root`. */
  readonly temporary: string;
}

/**
 * The environment of a container that runs as a process of this host. It contains no variable of the stack. A value
 * that equals the path of a mount is replaced by the real folder. Nothing else is rewritten: programs must find their
 * folders by variables.
 */
export function containerEnvironment(
  launch: ContainerLaunch,
  folders: ContainerFolders,
  searchPath: string,
): Record<string, string> {
  const realFolders = new Map(
    launch.mounts.map((mount) => [mount.containerPath, folders.volume(mount.volume)]),
  );
  const own = Object.entries(launch.environment).map(([name, value]) => [
    name,
    realFolders.get(value) ?? value,
  ]);
  return {
    PATH: searchPath,
    HOME: folders.root,
    TMPDIR: folders.temporary,
    LANG: 'C.UTF-8',
    ...Object.fromEntries(own),
  };
}

/**
 * The real folder in which a container's program starts: inside a mount if `workingDirectory` is the path of a mount or
 * below it, otherwise the container's private folder, because the image is not used.
 */
export function realWorkingDirectory(
  workingDirectory: string | undefined,
  mounts: readonly Mount[],
  folders: ContainerFolders,
): string {
  const wanted = posix.normalize(`${workingDirectory ?? '/'}/`);
  const mount = mounts
    .map((candidate) => ({ ...candidate, prefix: posix.normalize(`${candidate.containerPath}/`) }))
    .filter((candidate) => wanted.startsWith(candidate.prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0];
  if (!mount) return folders.root;
  return posix.join(folders.volume(mount.volume), wanted.slice(mount.prefix.length));
}
