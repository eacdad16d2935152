import { afterAll, beforeAll, vi } from 'vitest';
import type { Services } from '../../shared/services/services.ts';

const DEATH = 'the process is dead';

/** Suppresses the log lines of processes that the tests of a file let die. */
export function muteDeaths(): void {
  let restore = () => {};
  beforeAll(() => {
    const write = process.stderr.write.bind(process.stderr);
    const spy = vi.spyOn(process.stderr, 'write');
    spy.mockImplementation((text) => String(text).includes(DEATH) || write(text));
    restore = () => spy.mockRestore();
  });
  afterAll(() => restore());
}

/** The calls with effects outside the process. */
const writes = {
  table: ['put', 'update', 'remove', 'transact'],
  objects: ['write', 'writeFile', 'remove', 'removeAll'],
  messages: ['leaderboardDirty', 'dispatch', 'purge', 'rescore'],
  executions: ['start', 'stop', 'createStateMachine'],
  taskRegistry: ['register'],
} as const satisfies { readonly [Part in keyof Services]?: readonly (keyof Services[Part])[] };

/**
 * Returns the services of a process that dies right before one of its writes: this write and everything after it do not
 * happen.
 *
 * @param survived number of writes before the death
 */
export function dyingProcess(services: Services, survived: number) {
  let left = survived;
  let dead = false;
  const count = (isWrite: boolean) => {
    if (isWrite && left === 0) dead = true;
    if (dead) throw new Error(DEATH);
    if (isWrite) left -= 1;
  };
  const watched = <T extends object>(part: T, names: readonly string[]): T =>
    new Proxy(part, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => {
          count(names.includes(String(name)));
          return Reflect.apply(member, target, given);
        };
      },
    });
  const dying: Services = {
    ...services,
    table: watched(services.table, writes.table),
    objects: watched(services.objects, writes.objects),
    messages: watched(services.messages, writes.messages),
    executions: watched(services.executions, writes.executions),
    taskRegistry: watched(services.taskRegistry, writes.taskRegistry),
  };
  return { services: dying, died: () => dead };
}

/**
 * Runs the same work in a process that dies before its first write, then in one that dies before its second, and so on,
 * until a process survives.
 *
 * @param prepare creates a new subject for each process
 * @returns the subjects, in order
 */
export async function dyingAtEachWrite<T>(
  services: Services,
  prepare: () => Promise<T>,
  act: (services: Services, prepared: T) => Promise<unknown>,
): Promise<T[]> {
  const all: T[] = [];
  for (let survived = 0; ; survived += 1) {
    const prepared = await prepare();
    all.push(prepared);
    const process = dyingProcess(services, survived);
    try {
      await act(process.services, prepared);
    } catch (error) {
      if (!process.died()) throw error;
    }
    if (!process.died()) return all;
  }
}
