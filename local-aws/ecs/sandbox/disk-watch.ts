import { spawn } from 'node:child_process';
import { readdirSync, type Stats, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { descendantsOf } from './sandboxed-process.ts';

const INTERVAL_MS = 500;
/** The reserve that is kept free for the server: a share of the disk, and its maximum. */
const RESERVE_SHARE = 0.05;
const RESERVE_BYTES = 1024 ** 3;
/** A task that uses less than this share of the reserve did not fill the disk. */
const GUILTY_SHARE = 1 / 8;
/** Time to remove the folders of an ended task; after it, the next task is ended. */
const PATIENCE_MS = 15_000;

/** A task whose use of the disk is watched. */
export interface WatchedTask {
  readonly folder: string;
  /** Ends its containers. */
  kill(): void;
  /** Processes of the sandboxes of its containers. */
  leaders(): number[];
}

export interface DiskWatch {
  /** Watches a task until the returned function is called. */
  watch(task: WatchedTask): () => void;
}

/**
 * Ends the task that uses most of the disk when little is free. It checks every half second while tasks run, so a
 * program can exceed the reserve only by what the disk can write in that time. The reserve is 5% of the disk, at most
 * 1 GiB.
 *
 * @param folder the folder of all tasks
 * @param reserveBytes replaces the default reserve
 */
export function createDiskWatch(folder: string, reserveBytes?: number): DiskWatch {
  const tasks = new Set<WatchedTask>();
  let timer: NodeJS.Timeout | undefined;
  let ended: { readonly task: WatchedTask; readonly at: number } | undefined;
  const look = async () => {
    if (ended && tasks.has(ended.task) && performance.now() - ended.at < PATIENCE_MS) return;
    const reserve = reserveBytes ?? (await reserveOf(folder));
    if ((await freeBytes(folder)) >= reserve) return;
    const task = await largest([...tasks], (await reserveOf(folder)) * GUILTY_SHARE);
    if (!task) return;
    ended = { task, at: performance.now() };
    task.kill();
  };
  const tick = () => {
    timer = setTimeout(() => {
      void look()
        .catch(() => {})
        .finally(() => (tasks.size > 0 ? tick() : undefined));
    }, INTERVAL_MS).unref();
  };
  return {
    watch(task) {
      if (tasks.size === 0) tick();
      tasks.add(task);
      return () => {
        tasks.delete(task);
        if (tasks.size === 0) clearTimeout(timer);
      };
    },
  };
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize, ffree, files } = await statfs(folder);
  // Without free inodes nothing can be stored either. Some file systems do not count inodes.
  return files > 0 && ffree < files * RESERVE_SHARE ? 0 : bavail * bsize;
}

async function reserveOf(folder: string): Promise<number> {
  const { blocks, bsize } = await statfs(folder);
  return Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE);
}

async function largest(tasks: readonly WatchedTask[], least: number): Promise<WatchedTask | undefined> {
  const sizes = await Promise.all(
    tasks.map(async (task) => ({ task, bytes: (await bytesIn(task.folder)) + bytesRemoved(task) })),
  );
  const [first] = sizes.sort((a, b) => b.bytes - a.bytes);
  return first && first.bytes >= least ? first.task : undefined;
}

/** Counts with du(1), which handles any depth of folders. It skips what it cannot read or what no longer exists. */
async function bytesIn(folder: string): Promise<number> {
  const du = spawn('du', ['-sk', '--', folder], { stdio: ['ignore', 'pipe', 'ignore'] });
  // Without du, the folder counts as empty.
  du.on('error', () => {});
  const printed = await text(du.stdout).catch(() => '');
  return Number.parseInt(printed, 10) * 1024 || 0;
}

/** Counts removed files, which use space as long as a process has them open. */
function bytesRemoved({ folder, leaders }: WatchedTask): number {
  const { dev } = statSync(folder);
  const found = new Map<number, number>();
  for (const pid of leaders().flatMap(descendantsOf)) {
    for (const file of openFiles(pid)) {
      if (file.dev === dev && file.nlink === 0) found.set(file.ino, file.blocks * 512);
    }
  }
  return [...found.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Open files of a process; if the server is root, also files that are only mapped. */
function openFiles(pid: number): Stats[] {
  return ['fd', 'map_files'].flatMap((kind) => {
    const folder = `/proc/${pid}/${kind}`;
    try {
      return readdirSync(folder).flatMap(
        (name) => statSync(`${folder}/${name}`, { throwIfNoEntry: false }) ?? [],
      );
    } catch {
      // It ended in the meantime, or only root may read it.
      return [];
    }
  });
}
