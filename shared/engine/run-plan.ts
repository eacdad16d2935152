import * as z from 'zod';
import { type Architecture, architectures } from '../architecture.ts';
import type { StepPrice } from '../costs/step-price.ts';
import type { StepSize } from '../step-size.ts';
import type { PlannedCall } from './python-steps/call.ts';
import type { ResultUse } from './step-results.ts';

/**
 * A run as plain data: everything decided when a run starts, before the first step.
 *
 * `template + arguments → RunPlan` is a pure function (`plan.ts`); the life cycle in `shared/runs` only reads it. It
 * is stored as JSON with the run.
 */
export interface RunPlan {
  readonly v: 1;
  readonly steps: readonly PlannedStep[];
  /** Uploads placed in the run tree before the first step. */
  readonly uploads: readonly PlannedUpload[];
  /** Static files copied to another path, as the default of a file parameter requires. */
  readonly copies: readonly { readonly source: string; readonly target: string }[];
  /** Relative paths kept after success; an entry that ends in `/` is a folder, kept recursively. */
  readonly outputs: readonly string[];
  /** Path of the result document for the leaderboard, or null. */
  readonly resultFile: string | null;
}

/** A file argument: the upload and the path where the run finds it. */
export interface PlannedUpload {
  readonly fileId: string;
  /** Relative path inside the run tree, normalised, never `..`. */
  readonly path: string;
  /** Whether the parameter itself declares this path, so that the upload may replace a static file. */
  readonly declared: boolean;
}

/** One step with everything that its container needs. */
export interface PlannedStep {
  readonly index: number;
  readonly name: string;
  /** True if the step's optional actor argument is absent. The step then does not run. */
  readonly skipped: boolean;
  /** Whether a participant's code may run in the step (`participant-code.ts`). */
  readonly participantCode: boolean;
  /** Container image reference as the template or the participant wrote it; empty when skipped. */
  readonly image: string;
  /** Whether the template alone decides the image of an organiser's step (`namesOwnImage`); absent means false. */
  readonly ownImage?: boolean;
  /** Processor requested by the step's worker; absent means the processor of the stage. */
  readonly architecture?: Architecture;
  /** Whether the step's worker allows it to use the network; absent means false. */
  readonly network?: boolean;
  /** Whether the step's worker requests spare capacity (Fargate Spot); absent means false. */
  readonly spot?: boolean;
  /** Whether the step runs on an instance with a GPU; absent means false. */
  readonly gpu?: boolean;
  /** Size of the step's task; absent in a skipped step, and in plans of earlier releases (`plannedSize`). */
  readonly size?: StepSize;
  /** What an hour of the step's task costs; absent in a skipped step, and in plans of earlier releases. */
  readonly price?: StepPrice;
  /** Whether recorded outputs may replace an execution of the step (`shared/runs/steps/reuse.ts`); absent means false. */
  readonly cache?: boolean;
  /** Storage volume of the step's worker, to which its inputs and outputs are copied; absent means none. */
  readonly volume?: string;
  /** What the step gets from storage volumes; absent means nothing. */
  readonly fetches?: readonly { readonly volume: string; readonly path: string }[];
  /** Shell text of each command, with references to values rewritten to `${FLOWSERV_ARG_<name>}`. */
  readonly commands: readonly string[];
  /** Environment variable `FLOWSERV_ARG_<name>` → value, set by the staged script. */
  readonly variables: Readonly<Record<string, string>>;
  /** Environment variable `FLOWSERV_ARG_<name>` → the result of an earlier step; filled in when the step starts. */
  readonly results?: Readonly<Record<string, ResultUse>>;
  /** Only for a code or notebook step: what its program reads. */
  readonly call?: PlannedCall;
  /** Only for a code step: the variable that later steps see its result as. */
  readonly sets?: string;
  /** Environment of the step's worker. */
  readonly env: Readonly<Record<string, string>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Only in a workflow with `parallel: inferred`: number of the wave of an executed step (`waves.ts`). */
  readonly wave?: number;
  /**
   * Only in such a workflow: what the step declares that it writes. Absent if it does not list both its inputs and its
   * outputs.
   */
  readonly writes?: readonly string[];
  /**
   * Only for a participant's step: the outputs that the template declares for it. Nothing else from the step reaches
   * later steps. Absent for an organiser's step.
   */
  readonly leaves?: readonly string[];
  /**
   * Only for a participant's step: what the organiser's steps produce. The step's changes to these files are
   * discarded.
   */
  readonly others?: readonly string[];
}

/** The size of every step in earlier releases: 1 vCPU, 2 GiB of memory, 21 GiB of disk and a day. */
const EARLIER_SIZE: StepSize = { cpu: 1, memory: 2048, disk: 21, timeout: 86_400 };

/** The size of a step's task. */
export const plannedSize = ({ size = EARLIER_SIZE }: Pick<PlannedStep, 'size'>): StepSize => size;

/** The vCPUs that a run holds while it is admitted: the largest sum of steps that run at the same time. */
export function vcpusOf({ steps }: Pick<RunPlan, 'steps'>): number {
  const executed = steps.filter(({ skipped }) => !skipped);
  const waves = Map.groupBy(executed, ({ index, wave }) => (wave === undefined ? `step ${index}` : wave));
  const sums = [...waves.values()].map((wave) => wave.reduce((sum, step) => sum + plannedSize(step).cpu, 0));
  return Math.max(...sums);
}

/**
 * Texts by name. A record in zod would drop the name `__proto__`, which is a valid name of an environment variable.
 */
const textsByName = z.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'string'),
);

const text = z.string();
const texts = z.array(text);

/** Schema of a stored plan. */
export const runPlanSchema: z.ZodType<RunPlan> = z.object({
  v: z.literal(1),
  steps: z.array(
    z.object({
      index: z.number(),
      name: text,
      skipped: z.boolean(),
      // Absent in plans of earlier releases, which had no private files.
      participantCode: z.boolean().default(true),
      image: text,
      ownImage: z.boolean().exactOptional(),
      architecture: z.enum(architectures).exactOptional(),
      network: z.boolean().exactOptional(),
      spot: z.boolean().exactOptional(),
      gpu: z.boolean().exactOptional(),
      cache: z.boolean().exactOptional(),
      volume: text.exactOptional(),
      fetches: z.array(z.object({ volume: text, path: text })).exactOptional(),
      size: z
        .object({ cpu: z.number(), memory: z.number(), disk: z.number(), timeout: z.number() })
        .exactOptional(),
      price: z.object({ onDemand: z.number(), spot: z.number().exactOptional() }).exactOptional(),
      commands: texts,
      variables: textsByName,
      results: z.record(text, z.object({ step: z.number(), operand: z.boolean() })).exactOptional(),
      call: z
        .object({
          program: z.enum(['code', 'notebook']),
          executed: text.exactOptional(),
          request: text,
          context: textsByName,
          results: z.record(text, z.number()),
        })
        .exactOptional(),
      sets: text.exactOptional(),
      env: textsByName,
      inputs: texts,
      outputs: texts,
      wave: z.number().exactOptional(),
      writes: texts.exactOptional(),
      leaves: texts.exactOptional(),
      others: texts.exactOptional(),
    }),
  ),
  uploads: z.array(z.object({ fileId: text, path: text, declared: z.boolean() })),
  copies: z.array(z.object({ source: text, target: text })),
  outputs: texts,
  resultFile: text.nullable(),
});
