import * as z from 'zod';
import { lambdaArguments, runTaskArguments } from './task-arguments.ts';
import { expression, template, text } from './template.ts';

/**
 * The part of the Amazon States Language that the interpreter supports (states-language.net, and AWS Step Functions
 * developer guide, "Amazon States Language"). Every object is strict: an unsupported field is an error, never ignored.
 */

/** Maximum seconds of a Wait or a timeout (same guide, "Task state", TimeoutSeconds). */
const MAX_SECONDS = 99_999_999;
/** Maximum length of a state name in characters. */
const MAX_NAME = 80;

const seconds = (minimum: number) =>
  z.union([z.int().min(minimum).max(MAX_SECONDS), expression], {
    error: `must be a whole number from ${minimum} to ${MAX_SECONDS} or a JSONata expression`,
  });

/** Names that JSONata can read as `$name`, except reserved names. */
const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,79}$/, 'must be a variable name')
  .refine((name) => !['states', 'exists', 'string', 'substring'].includes(name), 'is a reserved name');

const stateName = z.string().min(1).max(MAX_NAME);
const assign = z.record(variableName, template);
/** asl-validator accepts only an object or an expression. */
const output = z.union([z.record(z.string(), template), expression], {
  error: 'must be an object or a JSONata expression',
});

/** The language's error names that a definition may use, including names that the supported states never report. */
const RESERVED_ERRORS = [
  'States.ALL',
  'States.DataLimitExceeded',
  'States.HeartbeatTimeout',
  'States.NoChoiceMatched',
  'States.Permissions',
  'States.QueryEvaluationError',
  'States.TaskFailed',
  'States.Timeout',
];

const errorEquals = z
  .array(
    z
      .string()
      .min(1)
      .refine(
        (name) => !name.startsWith('States.') || RESERVED_ERRORS.includes(name),
        'unknown States. error',
      ),
  )
  .min(1)
  .refine((names) => !names.includes('States.ALL') || names.length === 1, 'States.ALL must stand alone');

const retrier = z
  .strictObject({
    ErrorEquals: errorEquals,
    IntervalSeconds: z.int().min(1).max(MAX_SECONDS).default(1),
    MaxAttempts: z.int().min(0).max(MAX_SECONDS).default(3),
    BackoffRate: z.number().min(1).default(2),
    MaxDelaySeconds: z.int().min(1).max(31_622_400).optional(),
    JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
    Comment: z.string().optional(),
  })
  .refine((retry) => retry.MaxDelaySeconds === undefined || retry.MaxDelaySeconds > retry.IntervalSeconds, {
    path: ['MaxDelaySeconds'],
    message: 'must be greater than IntervalSeconds',
  });
export type Retrier = z.infer<typeof retrier>;

const catcher = z.strictObject({
  ErrorEquals: errorEquals,
  Next: stateName,
  Assign: assign.optional(),
  Output: output.optional(),
  Comment: z.string().optional(),
});

/** States.ALL must be in the last entry (same guide, "Handling errors"). */
const allLast = (entries: readonly { readonly ErrorEquals: readonly string[] }[]) =>
  entries.slice(0, -1).every((entry) => !entry.ErrorEquals.includes('States.ALL'));

const common = { Comment: z.string().optional(), QueryLanguage: z.literal('JSONata').optional() };
const following = { Next: stateName.optional(), End: z.literal(true).optional() };
const results = { Assign: assign.optional(), Output: output.optional() };

const taskFields = {
  ...common,
  ...following,
  ...results,
  Type: z.literal('Task'),
  TimeoutSeconds: seconds(1).optional(),
  Retry: z.array(retrier).refine(allLast, 'States.ALL must be in the last entry').optional(),
  Catch: z.array(catcher).refine(allLast, 'States.ALL must be in the last entry').optional(),
};

const lambdaTask = z.strictObject({
  ...taskFields,
  Resource: z.literal('arn:aws:states:::lambda:invoke'),
  Arguments: lambdaArguments,
});
const ecsTask = z.strictObject({
  ...taskFields,
  Resource: z.literal('arn:aws:states:::ecs:runTask.sync'),
  Arguments: runTaskArguments,
});
const task = z.discriminatedUnion('Resource', [lambdaTask, ecsTask], {
  error: 'must be arn:aws:states:::lambda:invoke or arn:aws:states:::ecs:runTask.sync',
});
export type TaskState = z.infer<typeof task>;

const choiceRule = z.strictObject({
  Condition: expression,
  Next: stateName,
  ...results,
  Comment: z.string().optional(),
});

const flatStates = [
  task,
  z.strictObject({ ...common, ...following, ...results, Type: z.literal('Pass') }),
  z.strictObject({ ...common, ...following, ...results, Type: z.literal('Wait'), Seconds: seconds(0) }),
  z.strictObject({
    ...common,
    ...results,
    Type: z.literal('Choice'),
    Choices: z.array(choiceRule).min(1),
    Default: stateName.optional(),
  }),
  z.strictObject({ ...common, Type: z.literal('Succeed'), Output: output.optional() }),
  z.strictObject({ ...common, Type: z.literal('Fail'), Error: text.optional(), Cause: text.optional() }),
] as const;

/** Inline: its states belong to the execution. All items are processed at the same time, at most 40 on AWS. */
const map = z.strictObject({
  ...common,
  ...following,
  ...results,
  Type: z.literal('Map'),
  Items: expression,
  ItemProcessor: z.strictObject({
    ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE') }).optional(),
    StartAt: stateName,
    States: z.record(
      stateName,
      z.discriminatedUnion('Type', flatStates, {
        error: 'must be Task, Choice, Pass, Wait, Succeed or Fail; Parallel and nested Map are not supported',
      }),
    ),
  }),
  Catch: z.array(catcher).refine(allLast, 'States.ALL must be in the last entry').optional(),
});
export type MapState = z.infer<typeof map>;

const state = z.discriminatedUnion('Type', [...flatStates, map], {
  error: 'must be Task, Choice, Pass, Wait, Map, Succeed or Fail; Parallel is not supported',
});
export type State = z.infer<typeof state>;

export const stateMachineSchema = z.strictObject({
  QueryLanguage: z.literal('JSONata'),
  Comment: z.string().optional(),
  Version: z.literal('1.0').optional(),
  StartAt: stateName,
  TimeoutSeconds: z.int().min(1).max(MAX_SECONDS).optional(),
  States: z.record(stateName, state),
});
/** A definition that passed every check. */
export type StateMachine = z.infer<typeof stateMachineSchema>;

/** States with transitions between them: a state machine, or the states of a Map. */
export type Flow = Pick<StateMachine, 'StartAt' | 'TimeoutSeconds'> & {
  readonly States: Readonly<Record<string, State>>;
};
