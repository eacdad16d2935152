import type { Run } from '../runs/run.ts';
import { runCodec } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { alive, all, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';

/** More than the 900 s of the function: when another call takes over, the previous one is dead. */
const LEASE_MINUTES = 16;
/** The sweep polls the run again after this time. */
const POLL_MINUTES = 1;

/** The run exists and has not ended. */
export const unended: Condition = all(alive, {
  expression: '#state IN (:pending, :running)',
  values: { pending: 'PENDING', running: 'RUNNING' },
});

/**
 * Takes the lease of a run at a remote engine, so that one call at a time works on it.
 *
 * @returns the run as it is now, or undefined when it ended or is leased by another call
 */
export async function takeLease({ table, now }: Services, { id }: Pick<Run, 'id'>): Promise<Run | undefined> {
  const at = now();
  const remoteUntil = minutesLater(at, LEASE_MINUTES).toISOString();
  const free: Condition = {
    expression: 'attribute_not_exists(#remoteUntil) OR #remoteUntil <= :now',
    values: { now: at.toISOString() },
  };
  const taken = await conditionally(table.update(keys.run(id), { set: { remoteUntil } }, all(unended, free)));
  return runCodec.readMaybe(taken?.value);
}

/** Releases a lease, and has the sweep poll an active run soon. Does nothing if another call took the lease. */
export async function releaseLease({ table, now }: Services, { id, remoteUntil }: Run): Promise<void> {
  const own: Condition = { expression: '#remoteUntil = :remoteUntil', values: { remoteUntil } };
  const remove = ['remoteUntil'];
  const soon = dueAttributes(id, minutesLater(now(), POLL_MINUTES));
  const isPolled = await conditionally(table.update(keys.run(id), { set: soon, remove }, all(own, unended)));
  if (!isPolled) await conditionally(table.update(keys.run(id), { remove }, own));
}

/** Records when the engine was first asked to execute a run. */
export async function noteBegun({ table, now }: Services, run: Run): Promise<Run> {
  if (run.remoteSince !== undefined) return run;
  const remoteSince = now().toISOString();
  await conditionally(table.update(keys.run(run.id), { set: { remoteSince } }, unended));
  return { ...run, remoteSince };
}

/** Records that the engine of an active run fails, and since when; without a message, that it works again. */
export async function noteProblem({ table, now }: Services, run: Run, message?: string): Promise<void> {
  const { id, remoteProblem: known } = run;
  if (message === known?.message) return;
  const problem = message === undefined ? undefined : { since: known?.since ?? now().toISOString(), message };
  const change = problem ? { set: { remoteProblem: problem } } : { remove: ['remoteProblem'] };
  await conditionally(table.update(keys.run(id), change, unended));
}

/**
 * Records the id of the remote workflow, while the run is active.
 *
 * @returns whether the run is active
 */
export async function noteRemoteId({ table }: Services, { id }: Run, remoteId: string): Promise<boolean> {
  return Boolean(await conditionally(table.update(keys.run(id), { set: { remoteId } }, unended)));
}
