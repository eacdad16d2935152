import { fine, stops, type Verdict } from '../finding.ts';
import type { WantedName } from '../wanted-names.ts';

/**
 * @param taken names that resources outside the stack use
 * @param looked number of names that were looked up
 */
export function judgeNames(taken: readonly WantedName[], looked: number, region: string): Verdict {
  if (taken.length === 0) return fine(looked === 0 ? 'all belong to the stack' : `${looked} are free`);
  const list = taken.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return stops(
    `Resources outside the stack use names of the stack: ${list}. Delete those that are not needed, or choose another name for the stage.`,
    ...taken.map(({ removal }) => `${removal} --region ${region}`),
  );
}
