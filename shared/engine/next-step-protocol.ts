import * as z from 'zod';
import { MAX_STEPS_OF_TASK, MAX_STEPS_OF_WAVE } from './step-container.ts';
import { transferPhases } from './transfer-phase.ts';

/**
 * The messages between the state machine of a workflow and the functions `next` and `settle`.
 *
 * The state machine decides nothing: it reports how the last task ended, and follows the response.
 */

/** The state machine truncates a cause to 20,000 code points, each at most two UTF-16 units. */
export const MAX_CAUSE_CHARACTERS = 20_000;
const MAX_TEXT = 2 * MAX_CAUSE_CHARACTERS;

const position = z.int().min(0).max(1_000_000);

const stoppedTask = z.strictObject({
  taskArn: z.string().max(MAX_TEXT),
  stopCode: z.string().max(MAX_TEXT),
  stoppedReason: z.string().max(MAX_TEXT),
  /** Exit code of the container `step`; -1 when it never ran. */
  exitCode: z.int(),
  imageDigest: z.string().max(MAX_TEXT),
  /** Reason reported by the container `step`; state machines of earlier releases omit it. */
  reason: z.string().max(MAX_TEXT).optional(),
  /** The same of the containers of the task's later steps; state machines of earlier releases omit them. */
  later: z
    .array(z.strictObject({ exitCode: z.int(), reason: z.string().max(MAX_TEXT) }))
    .max(MAX_STEPS_OF_TASK - 1)
    .optional(),
});
export type StoppedTask = z.infer<typeof stoppedTask>;

const taskError = z.strictObject({ name: z.string().max(MAX_TEXT), cause: z.string().max(MAX_TEXT) });

/** How a transfer ended; with an `error` of the outcome if the function did not respond. */
const endedTransfer = z.strictObject({
  phase: z.enum(transferPhases),
  /** Empty if it was completed. */
  failure: z.string().max(MAX_TEXT),
  /** Whether a repetition would fail again. */
  permanent: z.boolean(),
});

/**
 * How a task ended: `task` when it stopped, `error` when it did not start, failed or timed out. Step and attempt are
 * those of the first step that the task ran. After a transfer, `transfer` and perhaps `error`.
 */
const stepOutcomeSchema = z.strictObject({
  step: position,
  attempt: position,
  task: stoppedTask.optional(),
  error: taskError.optional(),
  transfer: endedTransfer.optional(),
});
export type StepOutcome = z.infer<typeof stepOutcomeSchema>;

/** Input of `next`; the outcome is null at the start of the run and after a wait. */
export const nextStepRequestSchema = z.strictObject({
  runId: z.string().min(1).max(80),
  outcome: stepOutcomeSchema.nullable(),
  /**
   * Maximum number of steps of a task whose ends the state machine reports. State machines of earlier releases report
   * one, and omit this.
   */
  stepsOfTask: z.int().min(1).max(MAX_STEPS_OF_TASK).optional(),
  /** True if the state machine can run steps at the same time; only those of parallel workflows can. */
  waves: z.boolean().optional(),
  /** The step of a wave for which the state machine asks; absent outside of waves. */
  member: position.optional(),
  /** Whether the state machine can call `transfer`; others omit this, and storage volumes have no effect there. */
  transfers: z.boolean().optional(),
});
export type NextStepRequest = z.infer<typeof nextStepRequestSchema>;

/**
 * Network of a task, as in RunTask. Each response contains it, so that a deployment can change it for state machines
 * that already exist.
 */
const taskNetwork = z.strictObject({
  subnets: z.array(z.string().min(1)).min(1),
  securityGroups: z.array(z.string().min(1)),
  assignPublicIp: z.enum(['ENABLED', 'DISABLED']),
});
export type TaskNetwork = z.infer<typeof taskNetwork>;

/**
 * Where tasks run on Fargate: on demand, or on spare capacity that AWS may take back (Amazon ECS, Fargate capacity
 * providers).
 */
export const capacityProviders = ['FARGATE', 'FARGATE_SPOT'] as const;

/**
 * Start a task, for this step and those that share the task. Sizes are those of Fargate: CPU units and MiB as text
 * (Amazon ECS, RunTask).
 */
const runAnswer = z.strictObject({
  action: z.literal('run'),
  step: position,
  attempt: position,
  taskDefinition: z.string().min(1),
  /** One of `capacityProviders`, or that of the instances with a GPU. */
  capacityProvider: z.string().min(1),
  cpu: z.string().regex(/^\d+$/),
  memory: z.string().regex(/^\d+$/),
  network: taskNetwork,
  ticket: z.string().min(1).max(1000),
  timeoutSeconds: z.int().min(1).max(99_999_999),
});

/** Call `next` again after a pause, e.g. because there is no capacity. */
const waitAnswer = z.strictObject({
  action: z.literal('wait'),
  seconds: z.int().min(1).max(86_400),
  step: position,
  attempt: position,
});

/** Run these steps at the same time: the state machine asks for each as a `member`. */
const waveAnswer = z.strictObject({
  action: z.literal('wave'),
  steps: z
    .array(z.strictObject({ step: position }))
    .min(1)
    .max(MAX_STEPS_OF_WAVE),
});

/** Only for a member of a wave: a step failed, so that the other steps of the wave must stop. */
const failedAnswer = z.strictObject({ action: z.literal('failed') });

/** Call `transfer`, then `next` again. The attempt is 0 before the first attempt of a step. */
const transferAnswer = z.strictObject({
  action: z.literal('transfer'),
  phase: z.enum(transferPhases),
  step: position,
  attempt: position,
});

const doneAnswer = z.strictObject({ action: z.literal('done') });

/** Output of `next`. */
export const nextStepAnswerSchema = z.discriminatedUnion('action', [
  runAnswer,
  waitAnswer,
  waveAnswer,
  failedAnswer,
  transferAnswer,
  doneAnswer,
]);
export type NextStepAnswer = z.infer<typeof nextStepAnswerSchema>;

/** Input of `transfer`. */
export const transferRequestSchema = z.strictObject({
  runId: z.string().min(1).max(80),
  phase: z.enum(transferPhases),
  step: position,
  attempt: position,
});
export type TransferRequest = z.infer<typeof transferRequestSchema>;

/** Output of `transfer`. */
export type TransferAnswer = Omit<z.infer<typeof endedTransfer>, 'phase'>;
