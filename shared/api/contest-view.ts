import type { Contest } from '../template/contest.ts';
import { type Phase, phaseView } from '../template/phases.ts';
import { visibilityOf } from '../template/visibility.ts';

/** What the handle of a workflow says of its contest at a time: its phases, and what is hidden from participants. */
export function contestView(contest: Contest | null, now: Date) {
  const { phases, visibility } = contest ?? {};
  return {
    ...(phases ? { phases: phases.map((phase) => phaseEntry(contest, phase, now)) } : {}),
    ...(visibility ? { visibility: rulesView(contest, now) } : {}),
  };
}

const phaseEntry = (contest: Contest | null, phase: Phase, now: Date) => ({
  ...phaseView(phase, now),
  limits: phase.limits,
  ...(phase.requires === undefined ? {} : { requires: phase.requires }),
  leaderboard: visibilityOf(contest, phase, now).leaderboard,
});

function rulesView(contest: Contest | null, now: Date) {
  const { until, ...rules } = visibilityOf(contest, undefined, now);
  return { ...rules, ...(until === undefined ? {} : { until }) };
}
