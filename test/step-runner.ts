/**
 * What runs the steps in tests: plain processes, which every machine has, unless the environment of the tests names
 * another runner. Never `auto`, which depends on the machine.
 */
export const stepRunner = { FLOWSERV_RUNNER: process.env.FLOWSERV_RUNNER || 'process' } as const;
