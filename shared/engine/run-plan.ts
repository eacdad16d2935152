import * as z from 'zod';
import { type Architecture, architectures } from '../architecture.ts';

/**
 * A run as plain data: everything that is decided when a run starts, before the first step.
 *
 * `template + arguments → RunPlan` is a pure function (`plan.ts`); the life cycle in `shared/runs` only
 * reads it. It is stored as JSON with the run.
 */
export interface RunPlan {
  readonly v: 1;
  readonly steps: readonly PlannedStep[];
  /** Uploads that are laid out in the run tree before the first step. */
  readonly uploads: readonly PlannedUpload[];
  /** Static template files that are copied to another path because a file parameter's default asks for it. */
  readonly copies: readonly { readonly source: string; readonly target: string }[];
  /** Relative paths kept after success; an entry that ends in `/` is a folder, kept recursively. */
  readonly outputs: readonly string[];
  /** Path of the result document that feeds the leaderboard, or null. */
  readonly resultFile: string | null;
}

/** A file argument: the upload and the path where the run finds it. */
export interface PlannedUpload {
  readonly fileId: string;
  /** Relative path inside the run tree, normalised, never `..`. */
  readonly path: string;
  /** True where the parameter itself declares this path, so that it may replace a static file. */
  readonly declared: boolean;
}

/** One step with everything that its container needs. */
export interface PlannedStep {
  readonly index: number;
  readonly name: string;
  /** A step whose optional actor argument is absent does not run. */
  readonly skipped: boolean;
  /** Whether code of a participant's may run in the step (`participant-code.ts`). */
  readonly participantCode: boolean;
  /** Container image reference as the template or the participant wrote it; empty when skipped. */
  readonly image: string;
  /** Whether the template alone names the image of a step of the organiser's (`namesOwnImage`); absent is false. */
  readonly ownImage?: boolean;
  /** Processor that the step's worker asks for; absent for the stage's. */
  readonly architecture?: Architecture;
  /** Whether the step's worker opens the network to it; absent is false. */
  readonly network?: boolean;
  /** Shell text of each command, references to values rewritten to `${FLOWSERV_ARG_<name>}`. */
  readonly commands: readonly string[];
  /** Environment variable `FLOWSERV_ARG_<name>` → value, set by the staged script. */
  readonly variables: Readonly<Record<string, string>>;
  /** Environment of the step's worker. */
  readonly env: Readonly<Record<string, string>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Of a step that a participant brings, or whose image one chooses, the outputs that the template declares for it: nothing else that it leaves
   * goes on to later steps. Absent for a step of the organiser.
   */
  readonly leaves?: readonly string[];
  /** Of the same step, what the organiser's steps make: what lies there goes on as it was. */
  readonly others?: readonly string[];
}

/** Texts by name. A record of zod would drop the name `__proto__`, which variables of the environment may have. */
const textsByName = z.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'string'),
);

const text = z.string();
const texts = z.array(text);

/** Checks a plan that was stored. */
export const runPlanSchema: z.ZodType<RunPlan> = z.object({
  v: z.literal(1),
  steps: z.array(
    z.object({
      index: z.number(),
      name: text,
      skipped: z.boolean(),
      // Absent in plans of earlier releases, whose workflows have no private files.
      participantCode: z.boolean().default(true),
      image: text,
      ownImage: z.boolean().exactOptional(),
      architecture: z.enum(architectures).exactOptional(),
      network: z.boolean().exactOptional(),
      commands: texts,
      variables: textsByName,
      env: textsByName,
      inputs: texts,
      outputs: texts,
      leaves: texts.exactOptional(),
      others: texts.exactOptional(),
    }),
  ),
  uploads: z.array(z.object({ fileId: text, path: text, declared: z.boolean() })),
  copies: z.array(z.object({ source: text, target: text })),
  outputs: texts,
  resultFile: text.nullable(),
});
