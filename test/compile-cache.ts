import { fileURLToPath } from 'node:url';

/** Folder in which Node.js caches compiled sources of programs that tests start often; saves most of the start time. */
export const COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/flowserv-tests', import.meta.url));
