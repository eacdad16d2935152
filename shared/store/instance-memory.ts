/** What one instance of a function has read of the values that never change. */
export interface InstanceMemory<T> {
  get(name: string): T | undefined;
  /** Keeps a value and returns it; the oldest one makes room. */
  keep(name: string, value: T): T;
}

/** @param room for this many values */
export function instanceMemory<T>(room: number): InstanceMemory<T> {
  const kept = new Map<string, T>();
  return {
    get: (name) => kept.get(name),
    keep: (name, value) => {
      const [oldest] = kept.keys();
      if (kept.size >= room && oldest !== undefined) kept.delete(oldest);
      kept.set(name, value);
      return value;
    },
  };
}
