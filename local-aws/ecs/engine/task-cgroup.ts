import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeGroup } from '../remove-group.ts';
import type { ContainerEngine } from './container-engine.ts';

/** A control group that limits all containers of a task together. */
export interface TaskCgroup {
  /** Path from the root of the hierarchy, for the engine. */
  readonly path: string;
  /** Whether the containers reached the memory limit. */
  memoryRanOut(): Promise<boolean>;
  remove(): Promise<void>;
}

interface TaskCgroupOptions {
  readonly engine: ContainerEngine;
  readonly stack: string;
  readonly taskId: string;
  readonly cpuUnits: number;
  readonly memoryMiB: number;
}

const MOUNT = '/sys/fs/cgroup';
const PREFIX = 'local-ecs';
const PERIOD_US = 100_000;
const MIB = 1024 * 1024;
/** Maximum number of attempts: the monitor of a container ends after the container, on a busy host seconds later. */
const ROUNDS = 100;
const ROUND_PAUSE_MS = 50;

/**
 * Creates the control group of a task (cgroups(7)). This needs root, and an engine that manages groups itself: the
 * systemd driver would need a systemd slice.
 *
 * @returns undefined if the group cannot be created
 */
export async function openTaskCgroup(options: TaskCgroupOptions): Promise<TaskCgroup | undefined> {
  const { engine, stack, taskId } = options;
  if (!canLimitTasks(engine)) return undefined;
  const { version } = engine.machine.cgroups;
  const name = `${PREFIX}-${stack}-${taskId}`;
  try {
    await (version === 2 ? makeUnified(options, name) : makeSeparate(options, name));
  } catch {
    // The file system is read-only, as in a container. Each container is then limited separately.
    await removeCgroups(engine, name);
    return undefined;
  }
  return {
    path: `/${name}`,
    memoryRanOut: () => (version === 2 ? killedInUnified(name) : limitHitInSeparate(name)),
    remove: () => removeCgroups(engine, name),
  };
}

/** Removes the groups of all tasks of a stack. */
export async function removeStackCgroups(engine: ContainerEngine, stack: string): Promise<void> {
  if (canLimitTasks(engine)) await removeCgroups(engine, `${PREFIX}-${stack}-`);
}

const canLimitTasks = ({ rootless, hostNetwork, machine }: ContainerEngine): boolean =>
  hostNetwork && !rootless && machine.cgroups.driver === 'cgroupfs' && process.geteuid?.() === 0;

/** Version 2 (kernel documentation, cgroup-v2): one hierarchy, whose root delegates its controllers. */
async function makeUnified({ cpuUnits, memoryMiB }: TaskCgroupOptions, name: string): Promise<void> {
  const group = join(MOUNT, name);
  await mkdir(group);
  await writeFile(join(MOUNT, 'cgroup.subtree_control'), '+memory +cpu +pids');
  await writeFile(join(group, 'memory.max'), String(memoryMiB * MIB));
  await writeFile(join(group, 'memory.swap.max'), '0').catch(() => {});
  await writeFile(join(group, 'cpu.max'), `${quota(cpuUnits)} ${PERIOD_US}`);
}

/** Version 1 (kernel documentation, cgroup-v1/memory and scheduler/sched-bwc): a hierarchy for each controller. */
async function makeSeparate({ cpuUnits, memoryMiB }: TaskCgroupOptions, name: string): Promise<void> {
  const [memory, cpu] = [join(MOUNT, 'memory', name), join(MOUNT, 'cpu', name)];
  await Promise.all([memory, cpu].map((group) => mkdir(group)));
  await writeFile(join(memory, 'memory.limit_in_bytes'), String(memoryMiB * MIB));
  // The limit with swap is a little higher, because the kernel does not count how often this limit is reached.
  await writeFile(join(memory, 'memory.memsw.limit_in_bytes'), String((memoryMiB + 1) * MIB)).catch(() => {});
  await writeFile(join(cpu, 'cpu.cfs_period_us'), String(PERIOD_US));
  await writeFile(join(cpu, 'cpu.cfs_quota_us'), String(quota(cpuUnits)));
}

const quota = (cpuUnits: number): number => Math.round((cpuUnits / 1024) * PERIOD_US);

async function killedInUnified(name: string): Promise<boolean> {
  const events = await readFile(join(MOUNT, name, 'memory.events'), 'latin1').catch(() => '');
  return /^oom_kill [1-9]/m.test(events);
}

async function limitHitInSeparate(name: string): Promise<boolean> {
  const count = await readFile(join(MOUNT, 'memory', name, 'memory.failcnt'), 'latin1').catch(() => '0');
  return Number(count) > 0;
}

/**
 * Removes the groups with a name prefix, with version 1 in each hierarchy, because engines create a group in all of
 * them.
 */
async function removeCgroups({ machine }: ContainerEngine, prefix: string): Promise<void> {
  const hierarchies = machine.cgroups.version === 2 ? [''] : await readdir(MOUNT).catch(() => []);
  for (const hierarchy of hierarchies) {
    const names = await readdir(join(MOUNT, hierarchy)).catch((): string[] => []);
    const groups = names.filter((name) => name.startsWith(prefix));
    await Promise.all(groups.map((name) => removeWithChildren(join(MOUNT, hierarchy, name))));
  }
}

/** Removes a group with the groups of the containers in it. */
async function removeWithChildren(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeWithChildren(join(group, entry.name));
  await removeGroup(group, { attempts: ROUNDS, pauseMs: ROUND_PAUSE_MS });
}
