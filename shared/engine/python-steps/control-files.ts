import type { PlannedCall } from './call.ts';
import { CODE_RUNNER } from './code-runner.ts';
import { NOTEBOOK_RUNNER } from './notebook-runner.ts';

/**
 * Returns the files that the task of a code or notebook step finds next to its script in the read-only folder `ctl`:
 * name → text.
 *
 * @param document text of the call with all its values.
 */
export const controlFiles = (
  { program }: PlannedCall,
  document: string,
): Readonly<Record<string, string>> => ({
  'step.py': program === 'code' ? CODE_RUNNER : NOTEBOOK_RUNNER,
  'call.json': document,
});
