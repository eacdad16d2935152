import type { Config } from '../config.ts';

/** What users are notified of. */
export const eventTypes = ['run.ended', 'postproc.failed'] as const;
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
  readonly run?:
    | { readonly id: string; readonly state: string; readonly rescoredFrom?: string | undefined }
    | undefined;
}

/** A run that ended, as far as a notification needs it. */
export interface EndedRun
  extends NonNullable<NotifiedEvent['run']>,
    Pick<NotifiedEvent, 'workflowId' | 'groupId'> {
  readonly createdAt: string;
  readonly finishedAt?: string | undefined;
}

/** The event of a run's end: undefined for post-processing that did not fail. */
export function endOfRun(run: EndedRun): NotifiedEvent | undefined {
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

/** The JSON text of a message about an event, in the form of the specification Standard Webhooks. */
export function messageText(
  { api }: Pick<Config, 'api'>,
  { type, at, workflowId, groupId, run }: Omit<NotifiedEvent, 'subject' | 'type'> & { readonly type: string },
): string {
  const data = {
    workflow: { id: workflowId },
    ...(groupId === undefined ? {} : { group: { id: groupId } }),
    ...(run === undefined ? {} : { run }),
    link: `${api.url}/${run === undefined ? `workflows/${workflowId}` : `runs/${run.id}`}`,
  };
  return JSON.stringify({ type, timestamp: at, data });
}
