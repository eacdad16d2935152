import type { Task } from './task.ts';

/** Fields of a task with a time. */
const TIMES = new Set([
  'createdAt',
  'connectivityAt',
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
]);

/** A task in the form of the ECS API: times in seconds (AWS JSON 1.1 protocol), tags only on request. */
export function apiTask(task: Task, withTags = false): Record<string, unknown> {
  const { tags, ...rest } = mapTimes(task, (milliseconds) => milliseconds / 1000);
  return withTags ? { ...rest, tags } : rest;
}

/** A task in the form of `ecs:runTask.sync`: PascalCase names, times in milliseconds. */
export function stepFunctionsTask(task: Task): unknown {
  return renameKeys(task, (name) => name.charAt(0).toUpperCase() + name.slice(1));
}

/** A task in the form of the event `ECS Task State Change`: times in ISO 8601. */
export function eventTask(task: Task): Record<string, unknown> {
  const { tags: _, ...rest } = mapTimes(task, (milliseconds) => new Date(milliseconds).toISOString());
  return { ...rest, updatedAt: new Date(lastTime(task)).toISOString() };
}

/**
 * Converts the names of all fields of a value to camelCase, as in RunTask.
 *
 * @returns undefined when a name does not begin with a capital letter, as Step Functions requires.
 */
export function fromPascalCase(value: unknown): unknown {
  return hasOnlyPascalCase(value)
    ? renameKeys(value, (name) => name.charAt(0).toLowerCase() + name.slice(1))
    : undefined;
}

function lastTime(task: Task): number {
  return Math.max(
    ...Object.values(mapTimes(task, (time) => time)).filter((value) => typeof value === 'number'),
  );
}

function mapTimes(task: Task, convert: (milliseconds: number) => unknown): Record<string, unknown> {
  const entries = Object.entries(task).map(([name, value]) => [
    name,
    TIMES.has(name) && typeof value === 'number' ? convert(value) : value,
  ]);
  return Object.fromEntries(entries);
}

function hasOnlyPascalCase(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(hasOnlyPascalCase);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, field]) => /^[A-Z]/.test(name) && hasOnlyPascalCase(field));
}

function renameKeys(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((entry) => renameKeys(entry, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [rename(name), renameKeys(field, rename)]),
  );
}
