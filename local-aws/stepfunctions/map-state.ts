import type { MapState } from './definition.ts';
import { evaluateTyped } from './evaluate.ts';
import { after, StateFailure } from './failure.ts';
import { mapFailed, mapIteration, mapStarted, mapSucceeded, type NewEvent } from './history.ts';
import type { Json } from './json.ts';
import { stopUnwantedTask } from './task-state.ts';
import { Interruption } from './timers.ts';
import {
  bindings,
  type Cursor,
  type Execution,
  enter,
  type Iteration,
  type Iterations,
  leave,
  type Step,
  stay,
  type Transition,
} from './transition.ts';

type MapStep = Step<MapState>;
/** The function that makes the transitions of the states inside. */
type Advance = (
  execution: Execution,
  cursor: Cursor,
  environment: Step['environment'],
  signal: AbortSignal,
  iterations: Iterations,
) => Promise<Transition>;

export const noIterations = (): Iterations => ({ running: new Map(), controller: new AbortController() });

/** The tasks of ECS that an execution waits for. */
export function tasksOf({ phase }: Cursor): readonly string[] {
  if (phase.kind === 'submitted') return [phase.taskArn];
  if (phase.kind !== 'iterating') return [];
  return phase.iterations.flatMap((iteration) => ('cursor' in iteration ? tasksOf(iteration.cursor) : []));
}

const ARRAY = { name: 'an array', accepts: (value: Json): value is Json[] => Array.isArray(value) };

/**
 * Makes one transition of a Map state: begins all iterations, makes the next transition of the iteration that is ready
 * first, or leaves the state after the last one. Transitions of different iterations are stored one after the other.
 *
 * The first iteration that fails makes the state fail; the others are aborted, and their tasks are stopped (AWS Step
 * Functions developer guide, "Using Map state in Inline mode" and "Run a job").
 */
export async function advanceMap(step: MapStep, advance: Advance): Promise<Transition> {
  const { cursor } = step;
  if (cursor.phase.kind !== 'iterating') return begin(step);
  const { iterations } = cursor.phase;
  const { index, transition } = await nextOf(step, iterations, advance);
  const from = iterations[index];
  if (!from || !('cursor' in from)) throw new Error(`iteration ${index} is not in progress`);
  if (!('end' in transition)) {
    const to = { cursor: rebased(cursor, from.cursor, transition.cursor) };
    return stay(cursor, { phase: { kind: 'iterating', iterations: iterations.with(index, to) } }, [
      ...transition.events,
    ]);
  }
  // The last event is the end of an execution.
  const events = transition.events.slice(0, -1);
  const { status, output = null, error, cause } = transition.end;
  if (status !== 'SUCCEEDED') throw abortOthers(step, index, after(events, new StateFailure(error, cause)));
  const ended = iterations.with(index, { output });
  const all = [...events, mapIteration('Succeeded', cursor.state, index)];
  if (ended.some((iteration) => 'cursor' in iteration)) {
    return stay(cursor, { phase: { kind: 'iterating', iterations: ended } }, all);
  }
  return finish(
    step,
    ended.flatMap((iteration) => ('output' in iteration ? [iteration.output] : [])),
    all,
  );
}

async function begin(step: MapStep): Promise<Transition> {
  const { state, cursor, environment } = step;
  const items = await evaluateTyped<Json[]>(state.Items, bindings(step), 'Items', ARRAY);
  const events: NewEvent[] = [mapStarted(items.length)];
  if (items.length === 0) return finish(step, [], events);
  const iterations = items.map((item, index): Iteration => {
    events.push(mapIteration('Started', cursor.state, index));
    const { variables, lastEvent } = cursor;
    const { ItemProcessor } = state;
    const last = lastEvent + events.length;
    const first = enter(ItemProcessor, ItemProcessor.StartAt, item, variables, last, environment.now());
    events.push(...first.events);
    return { cursor: first.cursor };
  });
  return stay(cursor, { phase: { kind: 'iterating', iterations } }, events);
}

const finish = (step: MapStep, outputs: Json[], events: readonly NewEvent[]): Promise<Transition> =>
  leave(step, { ...step.state, fallback: outputs, next: step.state.Next, more: { result: outputs } }, [
    ...events,
    mapSucceeded,
  ]);

/** Starts the next transition of each iteration that has none, and waits for the first one of all. */
function nextOf(step: MapStep, iterations: readonly Iteration[], advance: Advance) {
  const { execution, state, environment, signal } = step;
  const { running, controller } = step.iterations;
  const inside = {
    ...execution,
    stateMachine: { ...execution.stateMachine, definition: state.ItemProcessor },
  };
  const either = AbortSignal.any([signal, controller.signal]);
  for (const [index, iteration] of iterations.entries()) {
    if (running.has(index) || !('cursor' in iteration)) continue;
    const call = advance(inside, iteration.cursor, environment, either, noIterations());
    const known = call.then((transition) => ({ index, transition }));
    // Nobody waits for it after an abort.
    known.catch(() => undefined);
    running.set(index, known);
  }
  return Promise.race(running.values()).then((first) => {
    running.delete(first.index);
    return first;
  });
}

/** The cursor after a transition that was made from an earlier event of the history than the last one. */
function rebased({ lastEvent }: Cursor, from: Cursor, to: Cursor): Cursor {
  const shift = lastEvent - from.lastEvent;
  const hasMoved = to.enteredEvent !== from.enteredEvent;
  return {
    ...to,
    lastEvent: to.lastEvent + shift,
    enteredEvent: to.enteredEvent + (hasMoved ? shift : 0),
  };
}

/** Aborts the other iterations. @returns the failure of the state */
function abortOthers({ cursor, environment, iterations }: MapStep, failed: number, failure: StateFailure) {
  iterations.controller.abort(new Interruption('ended'));
  const { phase, state } = cursor;
  const others = phase.kind === 'iterating' ? [...phase.iterations.entries()] : [];
  const aborted = others.flatMap(([index, iteration]): NewEvent[] => {
    if (index === failed || !('cursor' in iteration)) return [];
    for (const taskArn of tasksOf(iteration.cursor)) stopUnwantedTask(environment.integrations, taskArn);
    return [mapIteration('Aborted', state, index)];
  });
  const { error, detail, location, events } = failure;
  const ends = [mapIteration('Failed', state, failed), ...aborted, mapFailed];
  return new StateFailure(error, detail, location, [...events, ...ends]);
}
