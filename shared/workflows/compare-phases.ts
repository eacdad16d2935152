import type { Contest, VisibilityRules } from '../template/contest.ts';
import type { Phase } from '../template/phases.ts';

type Phases = readonly Phase[] | undefined;

/** Sentences about phases that differ between two versions, and what that means for their runs. */
export function phaseChanges(before: Contest | null, after: Contest | null): string[] {
  const [old, now] = [before?.phases, after?.phases];
  const first = now?.[0];
  return [
    ...visibilityChanges(before?.visibility, after?.visibility),
    ...(first && !old
      ? [`Runs that were started before there were phases belong to phase '${first.id}'.`]
      : []),
    ...(first && old && old[0]?.id !== first.id
      ? [`Runs that were started before there were phases now belong to phase '${first.id}'.`]
      : []),
    ...removed(old, now),
    ...(now ?? []).flatMap((phase) =>
      changesOf(
        old?.find(({ id }) => id === phase.id),
        phase,
      ),
    ),
  ];
}

/** What participants may see by the new version, of earlier runs too. */
function visibilityChanges(before: VisibilityRules = {}, after: VisibilityRules = {}): string[] {
  const elements = ['leaderboard', 'logs', 'outputs', 'until'] as const;
  const changed = elements.flatMap((element) => fromTo(element, before[element], after[element]));
  return changed.length === 0 ? [] : [`The visibility of all runs changes: ${changed.join(', ')}.`];
}

const fromTo = (element: string, before: string | undefined, after: string | undefined): string[] =>
  before === after ? [] : [`${element} from ${before ?? 'unset'} to ${after ?? 'unset'}`];

const removed = (old: Phases, now: Phases): string[] =>
  (old ?? []).flatMap(({ id }) =>
    now?.some((phase) => phase.id === id)
      ? []
      : [
          `Phase '${id}' is removed; its runs stay on its leaderboard, which organisers read with '?phase=${id}'.`,
        ],
  );

function changesOf(old: Phase | undefined, now: Phase): string[] {
  if (!old) return [`Phase '${now.id}' is new: ${times(now)}.`];
  const text = (value: unknown) => JSON.stringify(value ?? null);
  const elements = (['name', 'limits', 'requires', 'inputs'] as const).filter(
    (element) => text(old[element]) !== text(now[element]),
  );
  const all = [
    ...(times(old) === times(now) ? [] : [times(now)]),
    ...elements,
    ...fromTo('leaderboard', old.leaderboard, now.leaderboard),
  ];
  return all.length === 0 ? [] : [`Phase '${now.id}' changes: ${all.join(', ')}.`];
}

const times = ({ opens, closes }: Phase): string =>
  `${opens === undefined ? 'open from the beginning' : `opens at ${opens}`}, ${closes === undefined ? 'does not close' : `closes at ${closes}`}`;
