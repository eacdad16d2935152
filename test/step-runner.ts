/**
 * The runner of steps in tests: plain processes, which every computer supports, unless the environment names
 * another runner. Never `auto`, which depends on the computer.
 */
export const stepRunner = { FLOWSERV_RUNNER: process.env.FLOWSERV_RUNNER || 'process' } as const;
