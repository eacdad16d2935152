import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { refreshLeaderboard } from '../shared/ranking/refresh.ts';
import type { Services } from '../shared/services/services.ts';
import { eachRecord } from './events/each-record.ts';

const message = z.object({ workflowId: z.string(), rescore: z.number().optional() });

/** Brings leaderboards up to date, starts post-processing, and works on requests to score runs again. */
export const createHandler = (services: Services) => (event: SQSEvent) =>
  eachRecord(event, async (body) => {
    const { workflowId, rescore } = message.parse(body);
    if (rescore === undefined) return refreshLeaderboard(services, workflowId);
    // Loaded on use, as planning for post-processing.
    const { workOnRescore } = await import('../shared/rescoring/work.ts');
    await workOnRescore(services, workflowId, rescore);
  });
