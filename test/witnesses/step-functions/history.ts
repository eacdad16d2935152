import type { HistoryEvent } from '@aws-sdk/client-sfn';
import * as z from 'zod';

/** Histories of executions in a form that allows comparing two interpreters. */

const detailsSchema = z.record(z.string(), z.unknown());
type EventDetails = z.output<typeof detailsSchema>;

export interface PlainEvent {
  readonly type: string;
  readonly details: EventDetails;
}

/** These members only state whether a value was truncated, which never happens here. */
const isTruncationFlag = (name: string) => name.endsWith('Details');
const jsonTexts = ['input', 'output', 'parameters'];

/** Returns the events of a history without times and ids, with parsed JSON. */
export function plain(history: readonly (HistoryEvent | Record<string, unknown>)[]): PlainEvent[] {
  return history.map((event) => {
    const { type, ...members } = z.looseObject({ type: z.string() }).parse(event);
    const [, details = {}] = Object.entries(members).find(([name]) => isTruncationFlag(name)) ?? [];
    const kept = Object.entries(detailsSchema.parse(details)).filter(
      ([name, value]) => !isTruncationFlag(name) && value !== null,
    );
    return { type, details: Object.fromEntries(kept.map(([name, value]) => [name, parsed(name, value)])) };
  });
}

/** Returns an event as text, independent of the order of its members. */
export const plainText = (event: PlainEvent): string =>
  JSON.stringify(event, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );

function parsed(name: string, value: unknown): unknown {
  if (jsonTexts.includes(name)) return JSON.parse(z.string().parse(value));
  if (name !== 'assignedVariables') return value;
  const texts = Object.entries(z.record(z.string(), z.string()).parse(value));
  return Object.fromEntries(texts.map(([variable, text]) => [variable, JSON.parse(text)]));
}

/** The end of an attempt of a Task state. */
export type TaskEnd = { readonly state: string } & (
  | { readonly output: unknown }
  | { readonly failed: EventDetails }
  | { readonly timedOut: true }
  | { readonly stopped: EventDetails }
);

/** Returns the ends of the attempts of all Task states, in order. */
export function taskEndsOf(events: readonly PlainEvent[]): TaskEnd[] {
  const tasks: TaskEnd[] = [];
  let state = '';
  let runs = false;
  for (const { type, details } of events) {
    if (type === 'TaskStateEntered') state = z.string().parse(details.name);
    if (type === 'TaskScheduled') runs = true;
    const end = runs ? endOf(type, details) : undefined;
    if (end) tasks.push({ state, ...end });
    if (end) runs = false;
  }
  return tasks;
}

function endOf(type: string, details: EventDetails) {
  switch (type) {
    case 'TaskSucceeded':
      return { output: details.output };
    case 'TaskFailed':
      return { failed: details };
    case 'TaskTimedOut':
      return { timedOut: true as const };
    case 'ExecutionAborted':
      return { stopped: details };
    default:
      return undefined;
  }
}
