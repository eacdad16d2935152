import { userOperations } from '../shared/api/operations/users.ts';
import type { Services } from '../shared/services/services.ts';
import { createApiHandler } from './events/api-handler.ts';

/** Accounts and sessions: the one function that handles passwords, sized for hashing them. */
export const createHandler = (services: Services) => createApiHandler(services, userOperations);
