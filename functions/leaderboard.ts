import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { refreshLeaderboard } from '../shared/ranking/refresh.ts';
import type { Services } from '../shared/services/services.ts';
import { eachRecord } from './events/each-record.ts';

const message = z.object({
  workflowId: z.string(),
  rescore: z.number().optional(),
  listRunsAfter: z.string().optional(),
});

/**
 * Brings leaderboards up to date, starts post-processing, works on requests to score runs again, and lists runs of earlier
 * releases by time.
 */
export const createHandler = (services: Services) => (event: SQSEvent) =>
  eachRecord(event, async (body) => {
    const { workflowId, rescore, listRunsAfter } = message.parse(body);
    if (listRunsAfter !== undefined) {
      const { continueListing } = await import('../shared/runs/list-earlier.ts');
      return continueListing(services, workflowId, listRunsAfter);
    }
    if (rescore === undefined) return refreshLeaderboard(services, workflowId);
    // Loaded on use, as planning for post-processing.
    const { workOnRescore } = await import('../shared/rescoring/work.ts');
    await workOnRescore(services, workflowId, rescore);
  });
