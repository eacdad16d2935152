import { dispatch } from '../shared/runs/dispatch.ts';
import type { Services } from '../shared/services/services.ts';

/** Admits waiting runs: on every message of the dispatch queue, many at once, and each minute. */
export const createHandler = (services: Services) => async () => ({ started: await dispatch(services) });
