import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process of this host, from proc(5). */
export interface FoundProcess {
  readonly pid: number;
  readonly parent: number;
  /** Program and arguments. */
  readonly command: string;
}

/**
 * Finds processes whose arguments, environment or working directory name a folder, without zombies. Linux only.
 */
export function processesOf(folder: string): FoundProcess[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      if (![command, environment, cwd].some((text) => text.includes(folder))) return [];
      const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The second field is the program's name in parentheses, which may contain parentheses and spaces.
      const parent = status.slice(status.lastIndexOf(')') + 2).split(' ')[1];
      return [{ pid: Number(pid), parent: Number(parent), command }];
    } catch {
      // The process ended, or belongs to another user.
      return [];
    }
  });
}
