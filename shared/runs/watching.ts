import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import type { Run } from './run.ts';
import { isActive } from './state.ts';

/** How long a read counts. */
const WATCHED_MS = 60_000;
/** Reads within this time of the last one that was noted are not noted. */
const NOTED_MS = 20_000;

const active: Condition = {
  expression: '#state IN (:pending, :running) AND attribute_not_exists(#deleting)',
  values: { pending: 'PENDING', running: 'RUNNING' },
};

/** Notes that a user reads the log of an active run: the tasks of its steps then upload it more often. */
export async function noteReader({ table, now }: Services, run: Run): Promise<void> {
  const at = now().getTime();
  const known = Date.parse(run.watchedUntil ?? '') || 0;
  if (!isActive(run.state) || known > at + WATCHED_MS - NOTED_MS) return;
  const watchedUntil = new Date(at + WATCHED_MS).toISOString();
  await conditionally(table.update(keys.run(run.id), { set: { watchedUntil } }, active));
}

/** Whether a user read the log of a run within the last minute. */
export const isWatched = ({ now }: Services, { watchedUntil }: Run): boolean =>
  watchedUntil !== undefined && Date.parse(watchedUntil) > now().getTime();
