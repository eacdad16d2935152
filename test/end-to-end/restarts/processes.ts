import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process of this machine, as proc(5) tells. */
export interface FoundProcess {
  readonly pid: number;
  readonly parent: number;
  /** Its program and arguments. */
  readonly command: string;
}

/** Processes whose arguments, environment or working directory name a folder, zombies left out. Linux only. */
export function processesOf(folder: string): FoundProcess[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      const place = readlinkSync(`/proc/${pid}/cwd`);
      if (![command, environment, place].some((text) => text.includes(folder))) return [];
      const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The second field is the program's name in parentheses and may itself hold parentheses and spaces.
      const parent = status.slice(status.lastIndexOf(')') + 2).split(' ')[1];
      return [{ pid: Number(pid), parent: Number(parent), command }];
    } catch {
      // It has ended, or is another user's.
      return [];
    }
  });
}
