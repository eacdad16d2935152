import type { SQSEvent } from 'aws-lambda';
import { advanceRun } from '../shared/remote-engines/advance.ts';
import { remoteOrder } from '../shared/services/messages.ts';
import type { Services } from '../shared/services/services.ts';
import { eachRecord } from './events/each-record.ts';

/** Starts, polls and stops runs at remote engines: the only function that reads their tokens. */
export const createHandler = (services: Services) => (event: SQSEvent) =>
  eachRecord(event, (body) => advanceRun(services, remoteOrder.parse(body)));
