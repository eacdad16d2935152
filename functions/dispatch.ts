import type { SQSEvent } from 'aws-lambda';
import { dispatch } from '../shared/runs/dispatch.ts';
import { reportQueue } from '../shared/runs/queue-state.ts';
import type { Services } from '../shared/services/services.ts';

/** Admits waiting runs: for batches of messages of the dispatch queue, and each minute, when it also reports. */
export const createHandler =
  (services: Services) =>
  async (event: SQSEvent | object): Promise<{ readonly started: number }> => {
    const started = await dispatch(services);
    if (!('Records' in event)) await reportQueue(services);
    return { started };
  };
