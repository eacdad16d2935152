import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { settleRun } from '../shared/runs/settle.ts';
import { runOfExecution } from '../shared/services/executions.ts';
import type { Services } from '../shared/services/services.ts';
import { eachRecord } from './events/each-record.ts';

const direct = z.object({ runId: z.string() });
const statusEvent = z.object({ detail: z.object({ executionArn: z.string(), status: z.string() }) });

/**
 * Statuses that no state machine should reach: a run that fails is an execution that succeeds, a canceled one is
 * aborted.
 */
const FAILURES: ReadonlySet<string> = new Set(['FAILED', 'TIMED_OUT']);

/**
 * Ends runs: called by the state machine's last state with `{runId}`, and with status events of executions, which
 * EventBridge puts into a queue.
 */
export const createHandler =
  (services: Services) =>
  async (event: SQSEvent | { readonly runId: string }): Promise<SQSBatchResponse | object> => {
    if (!('Records' in event)) {
      await settleRun(services, direct.parse(event).runId, true);
      return {};
    }
    return eachRecord(event, async (body) => {
      const { detail } = statusEvent.parse(body);
      if (FAILURES.has(detail.status)) services.metrics.record({ ExecutionsFailed: 1 });
      if (detail.status !== 'RUNNING') await settleRun(services, runOfExecution(detail.executionArn), true);
    });
  };
