import { useRunning } from '../running.ts';
import { startWesServer, type WesServer } from './wes-server/server.ts';

/** Runs a WES server for the tests of a file. */
export const useWes = (): WesServer => useRunning(startWesServer, (server) => server.close());
