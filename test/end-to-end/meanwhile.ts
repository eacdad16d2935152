import type { Services } from '../../shared/services/services.ts';

type Table = Services['table'];
type Call = 'get' | 'getMany' | 'update' | 'transact';

/**
 * Returns services that run another action in the middle of a request: once, before the first matching call of the
 * table. This reproduces races that many concurrent requests would rarely cause.
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
