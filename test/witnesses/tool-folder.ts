import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a tool of others is installed: outside the lock file, and gone with `node_modules`. */
export const toolFolder = (name: string): string =>
  fileURLToPath(new URL(join('../../node_modules/.cache/witnesses', name), import.meta.url));
