import * as z from 'zod';
import { type PlannedStep, type RunPlan, runPlanSchema } from '../../engine/run-plan.ts';
import type { Services } from '../../services/services.ts';
import { documentCodec } from '../../store/codec.ts';
import { instanceMemory } from '../../store/instance-memory.ts';
import { keys } from '../../store/keys.ts';
import { readLargeText } from '../../store/large-text.ts';
import { type ReplacedFile, replacedFileSchema } from '../../template/phases.ts';

/** A stored object that is an input of a run, in addition to the workflow's static files. */
export interface RunInput {
  readonly path: string;
  /** Key in the `data` bucket. */
  readonly object: string;
  readonly size: number;
  readonly sha256: string;
  /** True when the input may replace a static file, because its parameter declares the path. */
  readonly declared: boolean;
}

/** Everything that the steps of a run are built from. Written once, when the run starts. */
export interface RunDocument {
  readonly plan: RunPlan;
  readonly inputs: readonly RunInput[];
  /** Static files that steps may change, because the template itself declares them as outputs. */
  readonly released: readonly string[];
  /** Folders from which only `declared` files reach the next step (`template/static-paths.ts`). */
  readonly closed: readonly string[];
  /** Outputs that the template itself declares. */
  readonly declared: readonly string[];
  /** Whether the steps that run no participant's code get the private static files. */
  readonly privateFiles: boolean;
  /** Private static files whose content others replace in the phase of the run. */
  readonly replaced?: readonly ReplacedFile[] | undefined;
}

/** Whether a step gets the private static files. If so, only organisers may read its output. */
export const seesPrivate = (
  { privateFiles }: Pick<RunDocument, 'privateFiles'>,
  { participantCode }: Pick<PlannedStep, 'participantCode'>,
): boolean => privateFiles && !participantCode;

export const runDocumentCodec = documentCodec<RunDocument>(
  'the plan of a run',
  1,
  z.object({
    plan: runPlanSchema,
    inputs: z.array(
      z.object({
        path: z.string(),
        object: z.string(),
        size: z.number(),
        sha256: z.string(),
        declared: z.boolean(),
      }),
    ),
    released: z.array(z.string()),
    // Plans of earlier releases have neither.
    closed: z.array(z.string()).default([]),
    declared: z.array(z.string()).default([]),
    privateFiles: z.boolean().default(false),
    replaced: z.array(replacedFileSchema).optional(),
  }),
);

/** Plans never change. Large ones are not cached, to bound memory. */
const kept = instanceMemory<RunDocument>(100);
const KEPT_CHARACTERS = 100_000;

/** Plan and inputs of a run. */
export async function readRunDocument(services: Services, runId: string): Promise<RunDocument> {
  const known = kept.get(runId);
  if (known) return known;
  const text = await readLargeText(services, keys.document(keys.run(runId), 'plan'));
  if (text === undefined) throw new Error(`plan of run ${runId} is missing`);
  const document = runDocumentCodec.read(text);
  return text.length > KEPT_CHARACTERS ? document : kept.keep(runId, document);
}
