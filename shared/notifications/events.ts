import type { Config } from '../config.ts';

/** What users are notified of. */
export const eventTypes = ['run.ended', 'postproc.failed', 'announcement.created'] as const;
export type EventType = (typeof eventTypes)[number];

/**
 * An event. It has identifiers and states only, which every receiver may see: what a contest may hide, such as results and
 * messages, is read over the API, which decides for each reader.
 */
export interface NotifiedEvent {
  readonly type: EventType | 'webhook.test';
  /** Identifies the event among those of its type. */
  readonly subject: string;
  /** When it happened. */
  readonly at: string;
  readonly workflowId: string;
  /** Of the run; absent for post-processing. */
  readonly groupId?: string | undefined;
  /** The run that ended. */
  readonly run?: RunState | undefined;
  /** What organisers announced: everyone who sees the workflow reads it. */
  readonly announcement?: { readonly id: string; readonly text: string } | undefined;
}

interface RunState {
  readonly id: string;
  readonly state: string;
  readonly rescoredFrom?: string | undefined;
}

/** A run that ended, as far as a notification needs it. */
export interface EndedRun extends RunState, Pick<NotifiedEvent, 'workflowId' | 'groupId'> {
  readonly createdAt: string;
  readonly finishedAt?: string | undefined;
}

/** The event of a run's end: undefined for post-processing that did not fail. */
export function endOfRun(run: EndedRun): (NotifiedEvent & { readonly type: EventType }) | undefined {
  const { id, workflowId, groupId, state, rescoredFrom, createdAt, finishedAt = createdAt } = run;
  if (groupId === undefined && state !== 'ERROR') return undefined;
  return {
    type: groupId === undefined ? 'postproc.failed' : 'run.ended',
    subject: id,
    at: finishedAt,
    workflowId,
    ...(groupId === undefined ? {} : { groupId }),
    run: { id, state, ...(rescoredFrom === undefined ? {} : { rescoredFrom }) },
  };
}

/** An event as it is stored with a delivery. */
export type StoredEvent = Omit<NotifiedEvent, 'subject' | 'type'> & { readonly type: string };

/** The address at which the API shows what an event is about. */
export function linkOf({ api }: Pick<Config, 'api'>, { workflowId, run, announcement }: StoredEvent): string {
  const workflow = `${api.url}/workflows/${workflowId}`;
  if (announcement !== undefined) return `${workflow}/announcements`;
  return run === undefined ? workflow : `${api.url}/runs/${run.id}`;
}

/** The JSON text of a message about an event, in the form of the specification Standard Webhooks. */
export function messageText(config: Pick<Config, 'api'>, event: StoredEvent): string {
  const { type, at, workflowId, groupId, run, announcement } = event;
  const data = {
    workflow: { id: workflowId },
    ...(groupId === undefined ? {} : { group: { id: groupId } }),
    ...(run === undefined ? {} : { run }),
    ...(announcement === undefined ? {} : { announcement: { id: announcement.id } }),
    link: linkOf(config, event),
  };
  return JSON.stringify({ type, timestamp: at, data });
}
