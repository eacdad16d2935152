import type { SQSEvent } from 'aws-lambda';
import { makeArchive } from '../shared/archives/make.ts';
import { archiveOrder } from '../shared/services/messages.ts';
import type { Services } from '../shared/services/services.ts';
import { eachRecord } from './events/each-record.ts';

/** Makes the archives of runs whose last step made none. */
export const createHandler = (services: Services) => (event: SQSEvent) =>
  eachRecord(event, (body) => makeArchive(services, archiveOrder.parse(body)));
