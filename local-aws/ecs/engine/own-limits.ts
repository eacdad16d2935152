import { readFileSync } from 'node:fs';

/** A limit of this process that it cannot raise, as /proc/self/limits names it; infinite where it cannot be read. */
export function ownLimit(name: 'Max open files' | 'Max processes'): number {
  try {
    const line = readFileSync('/proc/self/limits', 'latin1')
      .split('\n')
      .find((each) => each.startsWith(name));
    const [, hard] = line?.slice(name.length).trim().split(/\s+/) ?? [];
    return Number(hard) || Infinity;
  } catch {
    return Infinity;
  }
}
