import type { Services } from '../services.ts';
import type { Condition } from '../store/expressions.ts';
import { timestamp } from '../store/ids.ts';
import { keys } from '../store/keys.ts';
import { ConditionFailed, type Write } from '../store/table.ts';
import { findRun, type Run } from './run.ts';
import { isActive, type RunState, transition } from './state.ts';

/** The run has not ended: the condition under which any transition is written. */
const stillActive: Condition = {
  expression: '#state IN (:pending, :running) AND attribute_not_exists(#deleting)',
  values: { pending: 'PENDING', running: 'RUNNING' },
};

/**
 * Moves a run to another state, together with the list entry, the group's count of active runs and any
 * further writes, in one transaction whose condition is that the run is still active: the first final state
 * wins, whoever writes it.
 *
 * @returns the run as it is now, or null when nothing changed because it was in that state already or has
 *   ended meanwhile
 * @throws FlowservError 400 when the run, as read, may not make the transition
 */
export async function moveRun(
  services: Services,
  run: Run,
  to: RunState,
  options: {
    readonly messages?: readonly string[];
    readonly writes?: readonly Write[];
    readonly at?: string;
  } = {},
): Promise<Run | null> {
  const { table, now } = services;
  const at = options.at ?? timestamp(now());
  const status = transition(run, to, at, options.messages);
  if (!status) return null;
  const { state, startedAt, finishedAt, messages } = status;
  const change = { state, startedAt, finishedAt, messages: messages && [...messages] };
  const ended = !isActive(to);
  const writes = [
    table.write.update(
      keys.run(run.id),
      { set: change, ...(ended ? { remove: ['queueNumber'] } : {}) },
      stillActive,
    ),
    ...groupWrites(table, run, to, ended),
    ...(ended && run.queueNumber !== undefined ? [table.write.remove(keys.queued(run.queueNumber))] : []),
    ...(options.writes ?? []),
  ];
  try {
    await table.transact(writes);
  } catch (error) {
    if (error instanceof ConditionFailed && error.actions.includes(0)) return null;
    throw error;
  }
  return findRun(services, run.id);
}

function groupWrites(table: Services['table'], run: Run, to: RunState, ended: boolean): Write[] {
  if (!run.groupId) return [];
  const entry = keys.runEntry(run.groupId, run.createdAt, run.id);
  const group = keys.group(run.groupId);
  return [
    table.write.update(entry, { set: { state: to } }),
    ...(ended ? [table.write.update(group, { add: { activeRuns: -1 } })] : []),
  ];
}
