import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { refreshLeaderboard } from '../shared/ranking/refresh.ts';
import type { Services } from '../shared/services/services.ts';
import { eachRecord } from './events/each-record.ts';

const message = z.object({ workflowId: z.string() });

/** Brings leaderboards up to date and starts post-processing. */
export const createHandler = (services: Services) => (event: SQSEvent) =>
  eachRecord(event, (body) => refreshLeaderboard(services, message.parse(body).workflowId));
