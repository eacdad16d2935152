import { createHash } from 'node:crypto';
import { findUnicodeText } from '../documents/unicode-text.ts';
import { NOT_RANKED, type Warning } from '../documents/warning.ts';
import { FlowservError } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { collectedFile } from '../template/postproc.ts';
import { extractResult, parseResultDocument } from '../template/result-document.ts';
import { MAX_RESULT_LENGTH } from '../template/result-limit.ts';
import type { ResultSchema } from '../template/result-schema.ts';
import type { Template } from '../template/template.ts';
import { objectKeys } from '../volumes/keys.ts';
import { FIRST_VERSION, readVersion } from '../workflows/version.ts';
import type { RunFile } from './documents/files.ts';
import type { ResultValues } from './result.ts';
import type { Run } from './run.ts';
import type { StepRecord } from './steps/record.ts';
import { readStepObject } from './steps/step-object.ts';

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/**
 * Maximum length of one run's values as JSON text; a run whose values are longer is not ranked. Every ranking reads
 * the values of all runs: 10,000 runs of this size are 80 MB.
 */
const VALUES_LENGTH = 8_000;

/** The values of a run, undefined when it is not ranked, and its warnings for participants. */
interface ResultReading {
  readonly values?: ResultValues | undefined;
  /** The leaderboard of the run's version. */
  readonly rankedSince?: number;
  readonly warnings: readonly Warning[];
}

const notRanked = (code: string, reason: string): ResultReading => ({
  warnings: [{ code, message: `${NOT_RANKED}${reason}` }],
});

/**
 * The values of a run's result document by the template's result schema. A run is not ranked without a schema,
 * without a document, or with a document that does not fit the schema. That is never an error of the run (flowServ
 * template specification, result schema), but a warning gives the reason.
 *
 * Import this module lazily: it loads the readers of templates and of YAML, which are heavy.
 *
 * @param reported the size of the document in bytes and its SHA-256, as the step reported them
 * @param files that the run keeps
 * @param isHidden whether steps get private files, which a parser's message about the document might reveal
 */
export async function readResultValues(
  services: Services,
  run: Run,
  last: StepRecord,
  {
    reported,
    files,
    isHidden,
  }: {
    readonly reported: { readonly size: number; readonly sha256: string } | null;
    readonly files: readonly RunFile[];
    readonly isHidden: boolean;
  },
): Promise<ResultReading> {
  const { template, ignorePostproc, rankedSince } = await readVersion(services, run.workflowId, run.version);
  const schema = template.results;
  if (!schema) return { warnings: [] };
  const { file } = schema;
  if (!reported) return notRanked('result.missing', `no file '${file}'; a step has to write it`);
  if (reported.size > MAX_RESULT_LENGTH) {
    return notRanked('result.too-long', `'${file}' has more than ${MAX_RESULT_LENGTH} bytes; write less`);
  }
  const key = objectKeys.stepFile(run.id, last.index, last.attempt, 'result');
  const bytes = await readStepObject(services, key, MAX_RESULT_LENGTH);
  if (bytes === undefined || digest(bytes) !== reported.sha256) {
    return notRanked('result.lost', `'${file}' differs from the file that the last step reported; run again`);
  }
  const reading = readValues(schema, bytes, isHidden);
  const missing = reading.values && !ignorePostproc ? missingForPostproc(template, files) : [];
  const since = rankedSince === FIRST_VERSION.rankedSince ? {} : { rankedSince };
  return { values: reading.values, ...since, warnings: [...reading.warnings, ...missing] };
}

function readValues(schema: ResultSchema, bytes: Buffer, isHidden: boolean): ResultReading {
  const { file } = schema;
  const text = findUnicodeText(bytes);
  if (text === undefined) return notRanked('result.not-text', `'${file}' is not UTF-8; write it in UTF-8`);
  try {
    const reading = extractResult(schema, parseResultDocument(text, file));
    const length = JSON.stringify(reading.values ?? {}).length;
    if (length <= VALUES_LENGTH) return reading;
    const reason = `the values in '${file}' have more than ${VALUES_LENGTH} characters together; shorten texts`;
    return notRanked('result.values-too-long', reason);
  } catch (error) {
    // Catches any failure of the readers on a participant's document: no other code is called here.
    const isOurs = error instanceof FlowservError && !isHidden;
    const reason = isOurs ? `; ${error.message}` : '';
    return notRanked('result.unreadable', `'${file}' cannot be read as JSON, or YAML by its suffix${reason}`);
  }
}

/** Post-processing needs the files of all ranked runs: if one is missing, it ends as ERROR for all of them. */
function missingForPostproc({ postproc, outputs = [] }: Template, files: readonly RunFile[]): Warning[] {
  const wanted = postproc?.inputs.files ?? [];
  return wanted
    .filter((name) => !collectedFile(files, name, outputs))
    .map((name) => ({
      code: 'postproc.file-missing',
      message: `post-processing of the ranking fails: the run kept no file '${name}'; have a step write it`,
    }));
}
