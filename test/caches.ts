import { fileURLToPath } from 'node:url';

const cache = (name: string) =>
  fileURLToPath(new URL(`../node_modules/.cache/flowserv-tests/${name}`, import.meta.url));

/**
 * Folder in which Node.js caches compiled sources, of workers and of programs that tests start; saves most of the start
 * time.
 */
export const COMPILE_CACHE = cache('compiled');

/** Folder of the functions' bundles, by the hash of their sources, for all stacks of all test runs. */
export const BUNDLES = cache('bundles');
