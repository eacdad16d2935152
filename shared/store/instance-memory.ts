/** A cache, in one instance of a function, of values that never change. */
export interface InstanceMemory<T> {
  get(name: string): T | undefined;
  /** Stores a value and returns it; replaces the oldest one if the cache is full. */
  keep(name: string, value: T): T;
}

/** @param room maximum number of values */
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
