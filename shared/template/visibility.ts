/** What participants may see of a contest, as data and as one decision. */
import * as z from 'zod';
import { type Contest, RUN_READERS, type VisibilityRules } from './contest.ts';
import { LEADERBOARD_READERS, type Phase, phaseIdOf } from './phases.ts';

/**
 * The caller: a user with a role in the workflow, a member of one of its groups, or anyone else. A run of a group is
 * only shown to its members in any case.
 */
export type Audience = 'organiser' | 'participant' | 'anyone';

/** What one caller may see of the runs of a phase, and of its leaderboard. */
export interface Visible {
  readonly leaderboard: boolean;
  /** Results and ranks of runs, and why a run has none. */
  readonly scores: boolean;
  /** Output of steps, messages, and warnings, which may quote results. */
  readonly logs: boolean;
  readonly outputs: boolean;
  /** Whether `FLOWSERV_READ_ACCESS` applies to the outputs of a run of a group of which the caller is no member. */
  readonly outputsOfOthers: boolean;
}

/** Everything that an object of a workflow without such rules shows. */
export const ALL_VISIBLE: Visible = {
  leaderboard: true,
  scores: true,
  logs: true,
  outputs: true,
  outputsOfOthers: true,
};

export const NOTHING_VISIBLE: Visible = {
  leaderboard: false,
  scores: false,
  logs: false,
  outputs: false,
  outputsOfOthers: false,
};

const rulesSchema = z.object({
  leaderboard: z.enum(LEADERBOARD_READERS),
  logs: z.enum(RUN_READERS),
  outputs: z.enum(RUN_READERS),
  /** When all of it becomes visible; absent if that is not known, or it is. */
  until: z.string().optional(),
});
/** The rules of a phase at a time. */
export type PhaseVisibility = Readonly<z.infer<typeof rulesSchema>>;

/** A phase that a version of the workflow no longer has, with the rules of the last one that had it. */
export const formerPhaseSchema = rulesSchema.extend({ id: z.string() });
export type FormerPhase = Readonly<z.infer<typeof formerPhaseSchema>>;

/** Maximum number of them. Runs of others are hidden. */
const MAX_FORMER = 200;

const OPEN: PhaseVisibility = { leaderboard: 'public', logs: 'own', outputs: 'own' };

/**
 * The rules that apply now to a phase, or to a contest without phases. In a phase whose leaderboard is for organisers
 * only, which is called blind, logs and outputs are hidden too, because they may contain the scores.
 */
export function visibilityOf(
  contest: Contest | null,
  phase: Pick<Phase, 'leaderboard'> | undefined,
  now: Date,
): PhaseVisibility {
  const { until, logs = 'own', outputs = 'own', leaderboard = 'public' } = contest?.visibility ?? {};
  if (isPast(until, now)) return OPEN;
  const readers = phase?.leaderboard ?? leaderboard;
  const isBlind = readers === 'organisers';
  return {
    leaderboard: readers,
    logs: isBlind ? 'organisers' : logs,
    outputs: isBlind ? 'organisers' : outputs,
    ...(until === undefined ? {} : { until }),
  };
}

const isPast = (until: string | undefined, now: Date): boolean =>
  until !== undefined && now.getTime() >= Date.parse(until);

/** What a version keeps of the phases that earlier ones had, so that no update shows what was hidden before it. */
export function formerPhases(
  before: { readonly contest: Contest | null; readonly formerPhases?: readonly FormerPhase[] | undefined },
  after: Contest | null,
  now: Date,
): FormerPhase[] {
  const own = (before.contest?.phases ?? []).map((phase) => ({
    id: phase.id,
    ...visibilityOf(before.contest, phase, now),
  }));
  return [...own, ...(before.formerPhases ?? [])]
    .filter(({ id }) => !after?.phases?.some((phase) => phase.id === id))
    .slice(0, MAX_FORMER);
}

/**
 * Decides what a caller may see of a run and of the leaderboard of its phase: the only function that does.
 *
 * @param current the contest of the installed version
 * @param former the phases that it no longer has: they keep their rules, unless it hides more
 * @param phaseId of the run or of the leaderboard
 */
export function visibleTo(
  audience: Audience,
  {
    current,
    former,
    phaseId,
  }: {
    readonly current: Contest | null;
    readonly former: readonly FormerPhase[];
    readonly phaseId: string | undefined;
  },
  now: Date,
): Visible {
  if (audience === 'organiser') return ALL_VISIBLE;
  const { leaderboard, logs, outputs } = rulesFor(current, former, phaseId, now);
  return {
    leaderboard: leaderboard === 'public' || (leaderboard === 'members' && audience === 'participant'),
    scores: leaderboard !== 'organisers',
    logs: logs === 'own',
    outputs: outputs === 'own',
    outputsOfOthers: leaderboard === 'public' && !restrictsOutputs(current?.visibility, now),
  };
}

/** Whether a contest says itself who may read the outputs of runs. */
const restrictsOutputs = ({ outputs, until }: VisibilityRules = {}, now: Date): boolean =>
  outputs !== undefined && !isPast(until, now);

/** Stands for the runs of a contest without phases. */
export const ALL_RUNS = '*';

interface Rules {
  readonly contest: Contest | null;
  readonly formerPhases?: readonly FormerPhase[] | undefined;
}

/**
 * Returns the phases whose runs one version of a workflow hides, and of which another one may show more, now or
 * earlier than before; of a phase that has gone, an organiser may not expect that its rules stay.
 */
export function revealedPhases(before: Rules, after: Rules, now: Date): string[] {
  const former = [...(before.formerPhases ?? []), ...formerPhases(before, after.contest, now)];
  const ids = (before.contest?.phases ?? []).map(({ id }) => id);
  const reused = (after.contest?.phases ?? [])
    .map(({ id }) => id)
    .filter((id) => former.some((one) => one.id === id));
  // What is older than the phases belongs to the first one.
  const isMoved = ids[0] === undefined || ids[0] !== after.contest?.phases?.[0]?.id;
  const wanted = [...(isMoved ? [undefined] : []), ...new Set([...ids, ...reused])];
  return wanted.flatMap((id) => {
    const old = rulesFor(before.contest, before.formerPhases ?? [], id, now);
    if (!hidesSomething(old)) return [];
    const isGone = id !== undefined && !after.contest?.phases?.some((phase) => phase.id === id);
    return isGone || showsMore(rulesFor(after.contest, former, id, now), old) ? [id ?? ALL_RUNS] : [];
  });
}

const hidesSomething = ({ leaderboard, logs, outputs }: PhaseVisibility): boolean =>
  leaderboard === 'organisers' || logs === 'organisers' || outputs === 'organisers';

const showsMore = (after: PhaseVisibility, before: PhaseVisibility): boolean =>
  isWider(LEADERBOARD_READERS, after.leaderboard, before.leaderboard) ||
  isWider(RUN_READERS, after.logs, before.logs) ||
  isWider(RUN_READERS, after.outputs, before.outputs) ||
  (after.until !== undefined && (before.until === undefined || after.until < before.until));

const isWider = <T>(readers: readonly T[], one: T, other: T): boolean =>
  readers.indexOf(one) < readers.indexOf(other);

function rulesFor(
  current: Contest | null,
  former: readonly FormerPhase[],
  phaseId: string | undefined,
  now: Date,
): PhaseVisibility {
  const id = phaseIdOf(phaseId, current?.phases);
  const phase = current?.phases?.find((one) => one.id === id);
  const rules = visibilityOf(current, phase, now);
  if (phase || phaseId === undefined) return rules;
  const removed = former.find((one) => one.id === id);
  if (!removed) return { leaderboard: 'organisers', logs: 'organisers', outputs: 'organisers' };
  if (isPast(removed.until, now)) return rules;
  return {
    leaderboard: stricter(LEADERBOARD_READERS, rules.leaderboard, removed.leaderboard),
    logs: stricter(RUN_READERS, rules.logs, removed.logs),
    outputs: stricter(RUN_READERS, rules.outputs, removed.outputs),
  };
}

/** Of two groups of readers the smaller one; the list begins with the largest. */
const stricter = <T>(readers: readonly T[], one: T, other: T): T =>
  readers.indexOf(one) > readers.indexOf(other) ? one : other;
