import { useRunning } from '../running.ts';
import { type ReanaServer, startReanaServer } from './reana-server/server.ts';

/** Runs a REANA server for the tests of a file. */
export const useReana = (): ReanaServer => useRunning(startReanaServer, (server) => server.close());
