/** A cache in one instance of a function. */
export interface InstanceMemory<T> {
  get(name: string): T | undefined;
  /** Stores a value and returns it; replaces the oldest one if the cache is full. */
  keep(name: string, value: T): T;
  /** Removes a value, unless another one replaced it. */
  forget(name: string, value: T): void;
}

/** @param room maximum number of values */
export function instanceMemory<T>(room: number): InstanceMemory<T> {
  const kept = new Map<string, T>();
  return {
    get: (name) => kept.get(name),
    keep: (name, value) => {
      kept.delete(name);
      const [oldest] = kept.keys();
      if (kept.size >= room && oldest !== undefined) kept.delete(oldest);
      kept.set(name, value);
      return value;
    },
    forget: (name, value) => {
      if (kept.get(name) === value) kept.delete(name);
    },
  };
}
