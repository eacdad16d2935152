import type { Services } from '../shared/services/services.ts';
import { transfer } from '../shared/transfers/transfer.ts';

/** Called by the state machine of a run that uses storage volumes, before and after a step. */
export const createHandler = (services: Services) => (event: unknown) => transfer(services, event);
