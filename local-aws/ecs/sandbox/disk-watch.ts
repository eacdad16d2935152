import { spawn } from 'node:child_process';
import { readdirSync, type Stats, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { descendantsOf } from './sandboxed-process.ts';

const INTERVAL_MS = 500;
/** Of the disk, and at most: what is left to the server when a task is ended. */
const RESERVE_SHARE = 0.05;
const RESERVE_BYTES = 1024 ** 3;
/** A task that uses less than this share of the reserve is not what has filled the disk. */
const GUILTY_SHARE = 1 / 8;
/** The folders of a task that was ended are removed by then, and if not, the next task is ended. */
const PATIENCE_MS = 15_000;

/** A task whose folder is watched. */
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
 * Ends the task that uses most of the disk where little is left on it: each half second while tasks run. A program can
 * write no more than the disk takes in that time beyond the reserve, which is 5% of the disk and at most 1 GiB.
 *
 * @param folder of all tasks
 * @param reserveBytes in place of that
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
  // Without entries nothing can be stored either. Some file systems do not count them.
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

/** Counted by du(1), which goes through any depth of folders. What it cannot read or has gone meanwhile it passes over. */
async function bytesIn(folder: string): Promise<number> {
  const du = spawn('du', ['-sk', '--', folder], { stdio: ['ignore', 'pipe', 'ignore'] });
  // A place where there is none counts as empty.
  du.on('error', () => {});
  const printed = await text(du.stdout).catch(() => '');
  return Number.parseInt(printed, 10) * 1024 || 0;
}

/** Files that are in no folder any more take their room as long as a process has them open. */
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

/** Also those that are mapped only, where the server is root. */
function openFiles(pid: number): Stats[] {
  return ['fd', 'map_files'].flatMap((kind) => {
    const folder = `/proc/${pid}/${kind}`;
    try {
      return readdirSync(folder).flatMap(
        (name) => statSync(`${folder}/${name}`, { throwIfNoEntry: false }) ?? [],
      );
    } catch {
      // It has ended meanwhile, or hides from other users than root.
      return [];
    }
  });
}
