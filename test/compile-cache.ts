import { fileURLToPath } from 'node:url';

/** Where Node keeps the compiled sources of programs that tests start many times, which saves most of each start. */
export const COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/flowserv-tests', import.meta.url));
