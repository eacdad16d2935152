import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { VisibleEntry } from './visible-entry.ts';

/** Files that every user may read or write, or that belong to a namespace. */
const HARMLESS = ['pressure', 'sysvipc', 'tty'];

/**
 * Returns the parts of a new `/proc` that must be hidden or read-only. A program whose user is root outside needs no
 * capability to write the files there that belong to root. With `sys/kernel/core_pattern` it would become root
 * outside. For other users the kernel prevents this.
 */
export function kernelFiles(): VisibleEntry[] {
  if (process.getuid?.() !== 0) return [];
  return readdirSync('/proc', { withFileTypes: true }).flatMap((entry): VisibleEntry[] => {
    const at = join('/proc', entry.name);
    if (/^\d+$/.test(entry.name) || entry.isSymbolicLink() || HARMLESS.includes(entry.name)) return [];
    if (entry.isDirectory()) return [{ kind: 'bind', from: at, at, readOnly: true }];
    const { mode } = statSync(at);
    if ((mode & 0o004) === 0) return [{ kind: 'bind', from: '/dev/null', at, readOnly: true }];
    return (mode & 0o222) === 0 ? [] : [{ kind: 'bind', from: at, at, readOnly: true }];
  });
}
