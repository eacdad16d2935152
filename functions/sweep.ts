import { sweep } from '../shared/maintenance/sweep.ts';
import type { Services } from '../shared/services/services.ts';

/** Heals runs whose check is due; each minute. */
export const createHandler = (services: Services) => async () => ({ looked: await sweep(services) });
