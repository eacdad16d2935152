import { readFileSync } from 'node:fs';

/** Returns a hard limit of this process, by its name in /proc/self/limits; infinite if it cannot be read. */
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
