import * as z from 'zod';
import type { StepStatus } from '../engine/staging/protocol.ts';
import type { Run } from '../runs/run.ts';
import type { StepRecord } from '../runs/step-record.ts';
import type { Services } from '../services.ts';
import { itemCodec } from '../store/codec.ts';
import { extractResult, readResultDocument } from '../template/result-document.ts';
import { objectKeys } from '../volumes/keys.ts';
import { readVersion } from '../workflows/workflow.ts';
import type { ResultValues } from './order.ts';

/** 1 MiB: a result document holds a handful of figures, and is read into memory. */
export const RESULT_BYTES = 1024 * 1024;

/** Values of one run as JSON text: they are one item of the table and are read with every ranking. */
const VALUES_LENGTH = 64_000;

const resultSchema = z.object({
  runId: z.string(),
  groupId: z.string(),
  createdAt: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  values: z.record(z.string(), z.union([z.number(), z.string()])),
});

/** What the leaderboard knows of a run. */
export type Result = z.infer<typeof resultSchema>;
export const resultCodec = itemCodec(1, resultSchema);

/**
 * The values of a run's result document by the template's result schema, or undefined when the run is not
 * ranked: no schema, no document, or one that the schema does not fit. That is never an error of the run
 * (flowServ template specification, result schema).
 */
export async function readResult(
  services: Services,
  run: Run,
  last: StepRecord,
  status: StepStatus,
): Promise<ResultValues | undefined> {
  const { template } = await readVersion(services, run.workflowId, run.version);
  if (!template.results || !status.result || status.result.size > RESULT_BYTES) return undefined;
  const key = objectKeys.stepFile(run.id, last.index, last.attempt, 'result');
  const body = await services.objects.read('work', key, RESULT_BYTES);
  if (!body) return undefined;
  try {
    const document = readResultDocument(body.toString('utf8'), template.results.file);
    const values = extractResult(template.results, document);
    return values && JSON.stringify(values).length <= VALUES_LENGTH ? values : undefined;
  } catch {
    return undefined;
  }
}
