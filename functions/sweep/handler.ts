import { sweep } from '../../shared/runs/sweep.ts';
import type { Services } from '../../shared/services.ts';

/** Heals runs whose check is due; each minute. */
export const createHandler = (services: Services) => async () => ({ looked: await sweep(services) });
