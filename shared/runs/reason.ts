import { heldReason } from './hold.ts';
import { progressText } from './progress.ts';
import { type Run, vcpusOfRun } from './run.ts';
import { isActive } from './state.ts';
import type { Waiting } from './waiting.ts';

/** Why a run has not ended, in words for its participants, and since when that is so. */
export interface Reason {
  readonly reason: string;
  readonly since: string;
}

/** The reason of an active run; undefined for a run that ended. */
export function reasonOf(run: Run, waiting: Waiting | undefined): Reason | undefined {
  if (!isActive(run.state)) return undefined;
  const { engine, remoteProblem, remoteSince, held, queueNumber, createdAt } = run;
  const { startedAt = createdAt, progress } = run;
  if (remoteProblem) return { reason: remoteProblem.message, since: remoteProblem.since };
  if (held) return { reason: heldReason(held), since: held.since };
  if (queueNumber !== undefined) return { reason: queueReason(run, waiting), since: createdAt };
  if (engine !== undefined) {
    return run.state === 'RUNNING'
      ? { reason: `the remote engine '${engine}' executes the run`, since: startedAt }
      : { reason: `waiting for the remote engine '${engine}'`, since: remoteSince ?? createdAt };
  }
  if (progress) return { reason: progressText(progress), since: progress.since };
  return { reason: 'the run is starting', since: startedAt };
}

function queueReason(run: Run, waiting: Waiting | undefined): string {
  if (!waiting) return 'waiting to start';
  const { paused, inUse, capacity, places, total } = waiting;
  if (paused) return 'the operator paused the start of runs';
  const place = places.get(run.id);
  const queue = total === undefined || total < 2 ? '' : `; about ${total} runs wait in total`;
  if (place !== undefined && place > 1) return `number ${place} in line among the runs of its user${queue}`;
  if (place === undefined) return `waiting in line${queue}`;
  const needed = Math.min(vcpusOfRun(run), capacity);
  return inUse + needed > capacity ? `waiting for capacity${queue}` : `next to start${queue}`;
}
