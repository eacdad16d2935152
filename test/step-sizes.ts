import { readConfig } from '../shared/config.ts';

/** The sizes of steps of a server with default settings. */
export const STEP_SIZES = readConfig({}).steps;
