import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { findShortage } from '@flowserv/local-aws';

/**
 * Returns an error that prevents the start of a stack as a sentence that says how to fix it; other errors unchanged.
 *
 * @param dataDir absolute
 */
export function startFailure(error: unknown, dataDir: string): unknown {
  const parent = nearestFolder(dataDir);
  const shortage = findShortage(error);
  if (shortage?.status === 503) {
    return new Error('too few files may be open at a time; allow more, such as by `ulimit -n 4096`', {
      cause: error,
    });
  }
  if (!canBeWritten(parent) || isDenied(error) || takesNoFolder(error)) {
    return new Error(
      `the data folder ${dataDir} cannot be written: ${parent} is read-only, or belongs to another user; ` +
        'make it writable, or choose another folder with --data-dir or FLOWSERV_API_DIR',
      { cause: error },
    );
  }
  if (shortage === undefined) return error;
  return new Error(`${shortage.message}: make room on the disk of ${dataDir}, and start again`, {
    cause: error,
  });
}

/** Whether an error means that the host ran out of a resource, which is temporary. */
export const isShortage = (error: unknown): boolean => findShortage(error) !== undefined;

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function canBeWritten(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a folder cannot be created below an existing one, as in `/proc`. */
const takesNoFolder = (error: unknown): boolean =>
  error instanceof Error &&
  'syscall' in error &&
  error.syscall === 'mkdir' &&
  'code' in error &&
  error.code === 'ENOENT';

/** Whether an error, or one of its causes, comes from the file system. */
function isDenied(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && (error.code === 'EACCES' || error.code === 'EPERM')) || isDenied(error.cause);
}
