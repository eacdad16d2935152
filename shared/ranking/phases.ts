import type { Result } from '../runs/result.ts';
import type { LeaderboardRules } from './rules.ts';

/** The phases of a contest are ranked by themselves. */
type OfPhase = Pick<Result, 'phase'>;

/** Results by their phase, which those without one get if the contest has phases. */
export function byPhase<T extends OfPhase>(
  results: readonly T[],
  { firstPhase }: Pick<LeaderboardRules, 'firstPhase'>,
): T[][] {
  const phases = new Map<string | undefined, T[]>();
  for (const result of results) {
    const phase = result.phase ?? firstPhase;
    const placed = phase === result.phase ? result : { ...result, phase };
    const known = phases.get(phase);
    if (known) known.push(placed);
    else phases.set(phase, [placed]);
  }
  return [...phases.values()];
}

/** The entries of one phase, or those without one. */
export const entriesOf = <T extends OfPhase>(
  entries: readonly T[],
  phase: string | undefined,
): readonly T[] => entries.filter((entry) => entry.phase === phase);
