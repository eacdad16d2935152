import type { Warning } from '../documents/warning.ts';
import { timestamp } from '../ids.ts';
import { logWarning } from '../log.ts';
import { atEnd, changeWrites } from '../quotas/refund.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import type { Condition } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { listedByTime } from '../store/runs-by-time.ts';
import type { Table } from '../store/table.ts';
import {
  queueOwnerOf,
  type Run,
  type RunEntry,
  type RunImage,
  type RunStepReuse,
  readAnyRun,
  runEntryCodec,
  vcpusOfRun,
} from './run.ts';
import { isActive, type RunState, type RunStatus, transition } from './state.ts';
import { boundedWarnings, reasonNotRanked } from './warnings.ts';

/** The follow-up work of an end is done immediately; if it is interrupted, the sweep does it after this time. */
const FOLLOW_UP_MINUTES = 1;

/** Characters of values and of reasons in a list entry: a list has up to 1,000 of them, and a response 6 MB. */
const LISTED_LENGTH = 1_000;

/** The condition of a transition: the run is still in the state that was read. */
const stillIn = (state: RunState): Condition => ({
  expression: '#state = :state AND attribute_not_exists(#deleting)',
  values: { state },
});

/** The metrics that count ended runs. */
const ENDS = { SUCCESS: 'RunsSucceeded', ERROR: 'RunsFailed', CANCELED: 'RunsCanceled' } as const;
const isFinal = (state: RunState): state is keyof typeof ENDS => state in ENDS;

export interface MoveOptions {
  readonly messages?: readonly string[];
  /** Only for a run that ends. They are logged once, with its end. */
  readonly warnings?: readonly Warning[];
  /** Images of the steps, only for a run that ends. */
  readonly images?: readonly RunImage[];
  /** Which steps took recorded outputs, only for a run that ends. */
  readonly reuse?: readonly RunStepReuse[];
  readonly writes?: readonly Write[];
  readonly at?: string;
  readonly archived?: boolean;
  /** Values of the leaderboard as JSON text, only for a run that ends. */
  readonly values?: string;
  readonly platformFailed?: boolean;
  /** True for an ERROR that does not count in a contest, because neither code nor arguments caused it. */
  readonly refunded?: boolean;
  /** Bytes that are kept, only for a run that ends. */
  readonly bytes?: number;
}

/**
 * Moves a run to another state, together with its list entry, the group's count of active runs and any further
 * writes. The transaction's condition is that the state is still the one that was read, so the first final state
 * wins. If the run began meanwhile, it is moved from its new state.
 *
 * @returns the run as it is now, or null when nothing changed because it was in that state already or ended meanwhile
 * @throws FlowservError 400 when the run, as read, may not make the transition
 */
export async function moveRun(
  services: Services,
  run: Run,
  to: RunState,
  options: MoveOptions = {},
): Promise<Run | null> {
  const { table, now } = services;
  const at = options.at ?? timestamp(now());
  const status = transition(run, to, at, options.messages);
  if (!status) return null;
  const ended = !isActive(to);
  const { state, startedAt, finishedAt, messages } = status;
  const { archived, platformFailed, values, images = [], reuse = [] } = options;
  const warnings = boundedWarnings(options.warnings ?? []);
  // A run that is canceled before it began had no task, and does not count in its contest.
  const counts = !options.refunded && !(to === 'CANCELED' && run.state === 'PENDING');
  const reservations = ended ? reservationsAtEnd(run, status, counts, options.bytes) : run.reservations;
  const change = {
    state,
    startedAt,
    finishedAt,
    archived,
    platformFailed,
    ...(values === undefined ? {} : { values }),
    messages: messages && [...messages],
    ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
    ...(images.length === 0 ? {} : { images: [...images] }),
    ...(reuse.length === 0 ? {} : { reuse: [...reuse] }),
    ...(reservations === run.reservations ? {} : { reservations }),
  };
  const due = ended ? dueAttributes(run.id, minutesLater(now(), FOLLOW_UP_MINUTES)) : {};
  const remove = ended ? ['queueNumber'] : [];
  try {
    await table.transact([
      table.write.update(keys.run(run.id), { set: { ...change, ...due }, remove }, stillIn(run.state)),
      ...entryWrites(table, { ...run, ...change }, { activeRuns: ended ? -1 : 0 }),
      ...(ended
        ? [...queueWrites(table, run), ...changeWrites(table, run.reservations ?? [], reservations ?? [])]
        : []),
      ...(options.writes ?? []),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed) || !error.actions.includes(0)) throw error;
    const found = await readAnyRun(services, run.id);
    const begun = found && !found.deleting && isActive(found.state) && found.state !== run.state;
    return begun ? moveRun(services, found, to, options) : null;
  }
  logWarnings(run.id, warnings);
  if (isFinal(to)) services.metrics.record({ [ENDS[to]]: 1 });
  const { queueNumber, ...rest } = run;
  return { ...rest, ...change, ...due, ...(ended ? {} : { queueNumber }) };
}

/** Returns the amounts of an ended run that count against the quotas of its user; none if the run never began. */
function reservationsAtEnd(run: Run, { startedAt, finishedAt }: RunStatus, counts: boolean, bytes = 0) {
  const { reservations } = run;
  if (!reservations) return undefined;
  const milliseconds = Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '');
  const vcpuSeconds = Math.ceil((milliseconds / 1000) * vcpusOfRun(run));
  return atEnd(reservations, { vcpuSeconds, bytes }, counts);
}

/**
 * Writes the run's entry in the list of its group's runs, or of the workflow's post-processing runs. The group counts
 * the change, by which readers of the list know that there was one. The write of the group comes first.
 *
 * @param change of the number of the group's active runs
 * @param condition on the group
 */
export function entryWrites(
  table: Table,
  run: Run,
  change: { readonly activeRuns: number } = { activeRuns: 0 },
  condition?: Condition,
): Write[] {
  return [...listChange(table, run, change, condition), entryWrite(table, run)];
}

/** Writes the run's entry alone. The caller must count the change in the group. */
export const entryWrite = ({ write }: Table, run: Run): Write =>
  write.put({
    ...runEntryCodec.write(entryKey(run), entryOf(run)),
    ...(run.groupId === undefined ? {} : listedByTime(run.workflowId, run)),
  });

export function entryOf(run: Run): RunEntry {
  const { id, state, createdAt, warnings = [], tags, platformFailed } = run;
  const { inputs, values = '', version, phase, rescoredFrom, replaces, replacedBy } = run;
  const notRanked = reasonNotRanked(warnings)?.slice(0, LISTED_LENGTH).toWellFormed();
  return {
    ...{ id, state, createdAt, version, tags, platformFailed, rescoredFrom, replaces, replacedBy },
    ...(warnings.length > 0 ? { warningCount: warnings.length } : {}),
    ...(phase === undefined ? {} : { phase }),
    ...(inputs === undefined ? {} : { inputs }),
    ...(values !== '' && values.length <= LISTED_LENGTH ? { values } : {}),
    ...(notRanked === undefined ? {} : { notRanked }),
  };
}

/** Counts a change of the list of runs in the run's group; nothing for post-processing. */
export function listChange(
  { write }: Table,
  { groupId }: Pick<Run, 'groupId'>,
  { activeRuns }: { readonly activeRuns: number } = { activeRuns: 0 },
  condition?: Condition,
): Write[] {
  if (groupId === undefined) return [];
  const add = { runChanges: 1, ...(activeRuns === 0 ? {} : { activeRuns }) };
  return [write.update(keys.group(groupId), { add }, condition)];
}

/** Logs for the operator what participants read; call it once the warnings are stored. */
export function logWarnings(runId: string, warnings: readonly Warning[]): void {
  if (warnings.length > 0) logWarning('a run has warnings', { runId, warnings });
}

/** The key of the run's list entry. */
export const entryKey = ({ groupId, workflowId, createdAt, id }: Run) =>
  groupId === undefined
    ? keys.postprocEntry(workflowId, createdAt, id)
    : keys.runEntry(groupId, createdAt, id);

/** The key of its entry while the run is deleted and not purged. */
export const removedEntryKey = (run: Run) => keys.removedRun(entryKey(run), run.createdAt, run.id);

function queueWrites({ write }: Table, run: Run): Write[] {
  const { queueNumber } = run;
  return queueNumber === undefined ? [] : [write.remove(keys.queued(queueOwnerOf(run), queueNumber))];
}
