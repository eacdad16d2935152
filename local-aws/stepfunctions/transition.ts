import * as z from 'zod';
import type { Flow, State } from './definition.ts';
import { type Bindings, evaluate } from './evaluate.ts';
import { after, StateFailure } from './failure.ts';
import { executionEnded, executionSucceeded, type NewEvent, stateEntered, stateExited } from './history.ts';
import type { Integrations } from './integrations.ts';
import { isJsonObject, type Json } from './json.ts';

const milliseconds = z.number();

/** What the current state waits for. Times are absolute, so that they stay valid after a restart. */
type Phase =
  | { readonly kind: 'entered' }
  /** A Wait state, or a Task before its next attempt. */
  | { readonly kind: 'waiting'; readonly until: number }
  /** A Task whose attempt is in the history; its call may or may not have started. */
  | { readonly kind: 'scheduled'; readonly timeoutAt: number | null }
  /** A task that ECS accepted. */
  | { readonly kind: 'submitted'; readonly taskArn: string; readonly timeoutAt: number | null }
  /** A Map whose items are being processed. */
  | { readonly kind: 'iterating'; readonly iterations: readonly Iteration[] };

/** The processing of one item of a Map: its position, or its output. */
export type Iteration = { readonly cursor: Cursor } | { readonly output: Json };

/** The current position of an execution: everything that is needed to continue, stored with each transition. */
export interface Cursor {
  readonly state: string;
  readonly input: Json;
  readonly variables: { [variable: string]: Json };
  readonly phase: Phase;
  readonly enteredAt: number;
  readonly enteredEvent: number;
  /** Id of the last event of the history; in an iteration, when the iteration last changed. */
  readonly lastEvent: number;
  /** Retries since the state was entered, in total and per retrier. */
  readonly retryCount: number;
  readonly retries: number[];
}

const phaseSchema: z.ZodType<Phase> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('entered') }),
  z.object({ kind: z.literal('waiting'), until: milliseconds }),
  z.object({ kind: z.literal('scheduled'), timeoutAt: milliseconds.nullable() }),
  z.object({ kind: z.literal('submitted'), taskArn: z.string(), timeoutAt: milliseconds.nullable() }),
  z.object({
    kind: z.literal('iterating'),
    iterations: z.array(
      z.union([z.object({ cursor: z.lazy(() => cursorSchema) }), z.object({ output: z.json() })]),
    ),
  }),
]);

export const cursorSchema: z.ZodType<Cursor> = z.object({
  state: z.string(),
  input: z.json(),
  variables: z.record(z.string(), z.json()),
  phase: phaseSchema,
  enteredAt: milliseconds,
  enteredEvent: z.int(),
  lastEvent: z.int(),
  retryCount: z.int(),
  retries: z.array(z.int()),
});

/** The data of an execution that does not change while it runs. */
export interface Execution {
  readonly id: number;
  readonly arn: string;
  readonly name: string;
  readonly input: Json;
  readonly startedAt: number;
  readonly stateMachine: {
    readonly arn: string;
    readonly name: string;
    readonly roleArn: string;
    readonly definition: Flow;
  };
}

/** How an execution ended. */
export interface End {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly output?: Json;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** One step of an execution: stored as a whole or not at all. */
export type Transition =
  | { readonly events: readonly NewEvent[]; readonly cursor: Cursor }
  | { readonly events: readonly NewEvent[]; readonly end: End };

/** The environment of the states. */
export interface Environment {
  readonly integrations: Integrations;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The iterations of a Map state that are in progress, by their index. */
export interface Iterations {
  readonly running: Map<number, Promise<{ readonly index: number; readonly transition: Transition }>>;
  /** Aborts them, after which a new object takes their place. */
  readonly controller: AbortController;
}

/** One state of a running execution. */
export interface Step<S extends State = State> {
  readonly execution: Execution;
  readonly cursor: Cursor;
  readonly state: S;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Those of the Map state, if it is one. */
  readonly iterations: Iterations;
}

/** `$states` and variables for the step's fields; `more` adds `result` or `errorOutput`. */
export function bindings(
  { execution, cursor }: Step,
  more: { readonly [field: string]: Json } = {},
): Bindings {
  const { stateMachine } = execution;
  const context = {
    Execution: {
      Id: execution.arn,
      Input: execution.input,
      Name: execution.name,
      RoleArn: stateMachine.roleArn,
      StartTime: new Date(execution.startedAt).toISOString(),
    },
    State: {
      EnteredTime: new Date(cursor.enteredAt).toISOString(),
      Name: cursor.state,
      RetryCount: cursor.retryCount,
    },
    StateMachine: { Id: stateMachine.arn, Name: stateMachine.name },
  };
  return { states: { input: cursor.input, context, ...more }, variables: cursor.variables };
}

/** How a state is left: the fields that determine the output, and the next state. */
interface Exit {
  readonly Assign?: { [name: string]: Json } | undefined;
  readonly Output?: Json | undefined;
  /** The output if the definition has no Output. */
  readonly fallback: Json;
  /** Undefined ends the execution. */
  readonly next: string | undefined;
  /** Path of the two fields inside the state, e.g. `Catch[0]/`. */
  readonly prefix?: string;
  readonly more?: { readonly [field: string]: Json };
}

/**
 * Leaves a state: evaluates Assign and Output, both with the previous variables, and enters the next state or ends the
 * execution.
 *
 * @param before events of the state before its exit.
 * @throws StateFailure, with those events, when one of the fields cannot be evaluated.
 */
export async function leave(step: Step, exit: Exit, before: readonly NewEvent[] = []): Promise<Transition> {
  const { execution, cursor, state } = step;
  const { assigned, output } = await results(step, exit).catch((error: unknown) => {
    throw error instanceof StateFailure ? after(before, error) : error;
  });
  const events = [...before, stateExited(state.Type, cursor.state, output, assigned)];
  if (exit.next === undefined) {
    return { events: [...events, executionSucceeded(output)], end: { status: 'SUCCEEDED', output } };
  }
  const variables = { ...cursor.variables, ...assigned };
  const lastEvent = cursor.lastEvent + events.length;
  const { definition } = execution.stateMachine;
  const entered = enter(definition, exit.next, output, variables, lastEvent, step.environment.now());
  return { events: [...events, ...entered.events], cursor: entered.cursor };
}

async function results(step: Step, { Assign, Output, fallback, more, prefix = '' }: Exit) {
  const bound = bindings(step, more);
  const value = await evaluate(Assign ?? {}, bound, `${prefix}Assign`);
  const output = Output === undefined ? fallback : await evaluate(Output, bound, `${prefix}Output`);
  return { assigned: isJsonObject(value) ? value : {}, output };
}

/**
 * Enters a state.
 *
 * @param lastEvent id of the previous event.
 * @param time ms since the epoch.
 */
export function enter(
  definition: Flow,
  name: string,
  input: Json,
  variables: { [variable: string]: Json },
  lastEvent: number,
  time: number,
): { readonly events: readonly NewEvent[]; readonly cursor: Cursor } {
  const state = definition.States[name];
  if (!state) throw new StateFailure('States.Runtime', `state '${name}' does not exist`);
  const cursor: Cursor = {
    state: name,
    input,
    variables,
    phase: { kind: 'entered' },
    enteredAt: time,
    enteredEvent: lastEvent + 1,
    lastEvent: lastEvent + 1,
    retryCount: 0,
    retries: [],
  };
  return { events: [stateEntered(state.Type, name, input)], cursor };
}

/** Returns the transition to the next phase of the same state. */
export const stay = (
  cursor: Cursor,
  change: Partial<Pick<Cursor, 'phase' | 'retryCount' | 'retries'>>,
  events: readonly NewEvent[],
): Transition => ({ events, cursor: { ...cursor, ...change, lastEvent: cursor.lastEvent + events.length } });

/** Ends an execution by an uncaught failure, with the failure's events. */
export const failedTransition = (failure: StateFailure): Transition => ({
  events: [...failure.events, executionEnded('Failed', failure.error, failure.detail)],
  end: { status: 'FAILED', error: failure.error, cause: failure.detail },
});
