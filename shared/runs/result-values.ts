import { createHash } from 'node:crypto';
import type { Services } from '../services/services.ts';
import { extractResult, MAX_RESULT_LENGTH, parseResultDocument } from '../template/result-document.ts';
import { objectKeys } from '../volumes/keys.ts';
import { readVersion } from '../workflows/version.ts';
import type { ResultValues } from './result.ts';
import type { Run } from './run.ts';
import type { StepRecord } from './steps/record.ts';
import { readStepObject } from './steps/step-object.ts';

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/**
 * Longest values of one run as JSON text. Every ranking reads the values of all runs: 10,000 runs of this
 * size are 80 MB, and a run whose values are longer is not ranked.
 */
const VALUES_LENGTH = 8_000;

/**
 * The values of a run's result document by the template's result schema, or undefined when the run is not
 * ranked: no schema, no document, or one that the schema does not fit. That is never an error of the run
 * (flowServ template specification, result schema).
 *
 * Load this module on use only: the readers of templates and of YAML behind it are heavy.
 *
 * @param reported the size of the document in bytes and its SHA-256, as the step has reported them
 */
export async function readResultValues(
  services: Services,
  run: Run,
  last: StepRecord,
  reported: { readonly size: number; readonly sha256: string },
): Promise<ResultValues | undefined> {
  const { template } = await readVersion(services, run.workflowId, run.version);
  if (!template.results || reported.size > MAX_RESULT_LENGTH) return undefined;
  const key = objectKeys.stepFile(run.id, last.index, last.attempt, 'result');
  const bytes = await readStepObject(services, key, MAX_RESULT_LENGTH);
  if (bytes === undefined || digest(bytes) !== reported.sha256) return undefined;
  try {
    const document = parseResultDocument(bytes.toString('utf8'), template.results.file);
    const values = extractResult(template.results, document);
    return values && JSON.stringify(values).length <= VALUES_LENGTH ? values : undefined;
  } catch {
    // Whatever a participant's document does to its readers: nothing outside them is called here.
    return undefined;
  }
}
