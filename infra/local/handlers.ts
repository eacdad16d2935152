import type { LambdaFunction } from '@flowserv/local-aws';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { createHandler as createArchive } from '../../functions/archive/handler.ts';
import { createHandler as createAuth } from '../../functions/auth/handler.ts';
import { createHandler as createBoard } from '../../functions/board/handler.ts';
import { createHandler as createBroker } from '../../functions/broker/handler.ts';
import { createHandler as createDispatch } from '../../functions/dispatch/handler.ts';
import { createHandler as createNextStep } from '../../functions/next-step/handler.ts';
import { createHandler as createRuns } from '../../functions/runs/handler.ts';
import { createHandler as createSettleRun } from '../../functions/settle-run/handler.ts';
import { createHandler as createSweep } from '../../functions/sweep/handler.ts';
import type { Services } from '../../shared/services/services.ts';
import type { FunctionName } from './names.ts';

/** The handlers of all functions, to run from the sources in this process. */
export const handlers: Record<FunctionName, (services: Services) => LambdaFunction['handler']> = {
  api: createApi,
  auth: createAuth,
  runs: createRuns,
  broker: createBroker,
  'next-step': createNextStep,
  'settle-run': createSettleRun,
  dispatch: createDispatch,
  sweep: createSweep,
  archive: createArchive,
  board: createBoard,
};
