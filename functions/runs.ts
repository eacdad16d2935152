import { logOperations } from '../shared/api/operations/logs.ts';
import { moderationOperations } from '../shared/api/operations/moderation.ts';
import { rescoreCancelOperations } from '../shared/api/operations/rescore-cancel.ts';
import { runOperations } from '../shared/api/operations/runs.ts';
import { wesOperations } from '../shared/api/operations/wes.ts';
import type { Services } from '../shared/services/services.ts';
import { createApiHandler } from './events/api-handler.ts';

/** Runs: the one function of the API that may stop executions. */
export const createHandler = (services: Services) =>
  createApiHandler(services, [
    ...runOperations,
    ...moderationOperations,
    ...logOperations,
    ...rescoreCancelOperations,
    ...wesOperations,
  ]);
