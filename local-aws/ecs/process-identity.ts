import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

let bootId: string | undefined;

/**
 * Returns the start of a live process, as a text that distinguishes it from every other process with the same id: on
 * Linux the boot and the clock tick (proc(5), /proc/pid/stat field 22), elsewhere the start time in seconds from `ps`.
 *
 * @returns undefined when the process does not exist or is a zombie.
 */
export function processStart(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxStart(pid) : psStart(pid);
}

function linuxStart(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses, which may itself contain parentheses and spaces.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    if (start === undefined || state === 'Z' || state === 'X') return undefined;
    bootId ??= readFileSync(BOOT_ID_FILE, 'latin1').trim();
    return `${bootId}:${start}`;
  } catch {
    return undefined;
  }
}

function psStart(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' || text.startsWith('Z') ? undefined : text.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}
