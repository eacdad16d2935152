/** The phases of a contest: which one is open is a question of the time only, never of a job. */
import * as z from 'zod';

/** The limits of runs, which a phase may have besides those of the contest. */
export const RUN_LIMITS = ['runsPerDay', 'runs', 'runsAtOnce'] as const;

/** Ids of phases are part of keys and of queries. */
export const PHASE_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/;

/** Who may see a leaderboard: everyone, members of groups of the workflow, or users with a role in it. */
export const LEADERBOARD_READERS = ['public', 'members', 'organisers'] as const;

/** A private static file, and the one whose content steps get in its place. */
export const replacedFileSchema = z.object({ path: z.string(), by: z.string() });
export type ReplacedFile = Readonly<z.infer<typeof replacedFileSchema>>;

export const phaseSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** In UTC, such as `2026-12-01T00:00:00Z`; absent if it is open from the beginning. */
  opens: z.string().optional(),
  /** The first moment at which it is closed; absent if it does not close. */
  closes: z.string().optional(),
  /** Of the runs in this phase. */
  limits: z.object({
    runsPerDay: z.number().optional(),
    runs: z.number().optional(),
    runsAtOnce: z.number().optional(),
  }),
  /** Id of an earlier phase in which a group needs a successful run. */
  requires: z.string().optional(),
  /** As the contest says when absent. */
  leaderboard: z.enum(LEADERBOARD_READERS).optional(),
  /** What the organiser's steps get in this phase; not empty. */
  inputs: z.array(replacedFileSchema).optional(),
});
/** A phase as it is stored. Phases are in the order of their times, and do not overlap. */
export type Phase = Readonly<z.infer<typeof phaseSchema>>;

export type PhaseState = 'upcoming' | 'open' | 'closed';

const millisecondsOf = (time: string | undefined, absent: number): number =>
  time === undefined ? absent : Date.parse(time);

export function phaseState({ opens, closes }: Phase, now: Date): PhaseState {
  const time = now.getTime();
  if (time < millisecondsOf(opens, Number.NEGATIVE_INFINITY)) return 'upcoming';
  return time < millisecondsOf(closes, Number.POSITIVE_INFINITY) ? 'open' : 'closed';
}

/** The phase to which a run belongs that starts now; undefined if none is open. */
export const openPhase = (phases: readonly Phase[], now: Date): Phase | undefined =>
  phases.find((phase) => phaseState(phase, now) === 'open');

/** The phase that opens next. */
export const nextPhase = (phases: readonly Phase[], now: Date): Phase | undefined =>
  phases.find((phase) => phaseState(phase, now) === 'upcoming');

/** The phase that readers get who name none: the open one, else the one that closed last, else the first. */
export const shownPhase = (phases: readonly Phase[], now: Date): Phase | undefined =>
  openPhase(phases, now) ?? phases.findLast((phase) => phaseState(phase, now) === 'closed') ?? phases[0];

/**
 * The phase of a run or a result by its id. What is older than the phases of its benchmark belongs to the first one.
 */
export const phaseIdOf = (
  phase: string | undefined,
  phases: readonly Phase[] | undefined,
): string | undefined => phase ?? phases?.[0]?.id;

/** A phase as participants read it, without its rules. */
export interface PhaseView extends Pick<Phase, 'id' | 'name' | 'opens' | 'closes'> {
  readonly state: PhaseState;
}

export function phaseView(phase: Phase, now: Date): PhaseView {
  const { id, name, opens, closes } = phase;
  return {
    id,
    name,
    ...(opens === undefined ? {} : { opens }),
    ...(closes === undefined ? {} : { closes }),
    state: phaseState(phase, now),
  };
}
