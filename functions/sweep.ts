import type { SQSEvent } from 'aws-lambda';
import { markedKey, purge } from '../shared/maintenance/purge.ts';
import { sweep } from '../shared/maintenance/sweep.ts';
import { purgeOrder } from '../shared/services/messages.ts';
import type { Services } from '../shared/services/services.ts';
import { eachRecord } from './events/each-record.ts';

/** Runs the sweep each minute, and purges deleted objects on request. */
export const createHandler = (services: Services) => async (event: SQSEvent | object) => {
  if (!('Records' in event)) return { looked: await sweep(services) };
  return eachRecord(event, async (body) => {
    const { kind, id } = purgeOrder.parse(body);
    await purge(services, { kind, id, key: markedKey(kind, id) });
  });
};
