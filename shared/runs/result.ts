import * as z from 'zod';
import type { Services } from '../services/services.ts';
import type { StepStatus } from '../staging/protocol.ts';
import { itemCodec } from '../store/codec.ts';
import type { Item } from '../store/item.ts';
import type { Key } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { readVersion } from '../workflows/workflow.ts';
import type { Run } from './run.ts';
import type { StepRecord } from './steps/record.ts';
import { readStepObject } from './steps/step-object.ts';

/** 1 MiB: a result document holds a handful of figures, and is read into memory. */
export const RESULT_BYTES = 1024 * 1024;

/**
 * Longest values of one run as JSON text. Every ranking reads the values of all runs: 10,000 runs of this
 * size are 80 MB, and a run whose values are longer is not ranked.
 */
const VALUES_LENGTH = 8_000;

/** Values of a result by column; a missing optional value is absent. Numbers are finite. */
export type ResultValues = Readonly<Record<string, number | string>>;

/** What the leaderboard knows of a run. */
export interface Result {
  readonly runId: string;
  readonly groupId: string;
  readonly createdAt: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly values: ResultValues;
}

/**
 * The values are kept as JSON text, for a result may be any double: a number of DynamoDB ends at 1e126, and
 * the SDK takes none beyond 2^53.
 */
const codec = itemCodec(
  1,
  z.object({
    runId: z.string(),
    groupId: z.string(),
    createdAt: z.string(),
    startedAt: z.string(),
    finishedAt: z.string(),
    values: z.string(),
  }),
);
const valueSchema = z.union([z.number(), z.string()]);

export const resultItem = (key: Key, result: Result): Item =>
  codec.write(key, { ...result, values: JSON.stringify(result.values) });

export function readResultItem(item: Item): Result {
  const { values, ...result } = codec.read(item);
  return { ...result, values: readValues(JSON.parse(values)) };
}

/** A column may have any name, also `__proto__`, which a record of zod drops. */
const readValues = (values: object): ResultValues =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, valueSchema.parse(value)]));

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
  const text = await readStepObject(services, key, RESULT_BYTES);
  if (text === undefined) return undefined;
  // Loaded here, for the YAML reader behind it is a quarter of the function's start.
  const { extractResult, parseResultDocument } = await import('../template/result-document.ts');
  try {
    const document = parseResultDocument(text, template.results.file);
    const values = extractResult(template.results, document);
    return values && JSON.stringify(values).length <= VALUES_LENGTH ? values : undefined;
  } catch {
    // Whatever a participant's document does to its readers: nothing outside them is called here.
    return undefined;
  }
}
