import type { Services } from '../../shared/services/services.ts';

type Table = Services['table'];
type Call = 'get' | 'getMany' | 'update' | 'transact';

/**
 * Services on which somebody else does something in the middle of a request: once, before the first call of
 * the table that fits. Shows what a test by chance, with many requests at once, would rarely meet.
 */
export function meanwhile<K extends Call>(
  services: Services,
  call: K,
  work: () => Promise<unknown>,
  fits: (...args: Parameters<Table[K]>) => boolean = () => true,
): Services {
  const { table } = services;
  const original = table[call] as (...args: Parameters<Table[K]>) => ReturnType<Table[K]>;
  let done = false;
  const interrupted = async (...args: Parameters<Table[K]>) => {
    if (!done && fits(...args)) {
      done = true;
      await work();
    }
    return original(...args);
  };
  return { ...services, table: { ...table, [call]: interrupted } };
}
