import { fine, stops, type Verdict } from '../finding.ts';
import type { WantedName } from '../wanted-names.ts';

/**
 * @param taken names that something outside the stack has
 * @param looked how many were looked for
 */
export function judgeNames(taken: readonly WantedName[], looked: number, region: string): Verdict {
  if (taken.length === 0) return fine(looked === 0 ? 'all belong to the stack' : `${looked} are free`);
  const list = taken.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return stops(
    `Something outside the stack has names of the stack: ${list}. Delete what nobody needs, or choose another name for the stage.`,
    ...taken.map(({ removal }) => `${removal} --region ${region}`),
  );
}
