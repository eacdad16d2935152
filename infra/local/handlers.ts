import type { LambdaFunction } from '@flowserv/local-aws';
import { createHandler as createApi } from '../../functions/api.ts';
import { createHandler as createArchive } from '../../functions/archive.ts';
import { createHandler as createAuth } from '../../functions/auth.ts';
import { createHandler as createBroker } from '../../functions/broker.ts';
import { createHandler as createDispatch } from '../../functions/dispatch.ts';
import { createHandler as createInstall } from '../../functions/install.ts';
import { createHandler as createBoard } from '../../functions/leaderboard.ts';
import { createHandler as createNextStep } from '../../functions/next-step.ts';
import { createHandler as createNotify } from '../../functions/notify.ts';
import { createHandler as createRemoteRuns } from '../../functions/remote-runs.ts';
import { createHandler as createRuns } from '../../functions/runs.ts';
import { createHandler as createSettleRun } from '../../functions/settle-run.ts';
import { createHandler as createSweep } from '../../functions/sweep.ts';
import { createHandler as createTransfer } from '../../functions/transfer.ts';
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
  'remote-runs': createRemoteRuns,
  transfer: createTransfer,
  notify: createNotify,
  install: createInstall,
  leaderboard: createBoard,
};
