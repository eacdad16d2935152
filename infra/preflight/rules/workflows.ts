import type { Recompilation } from '../../../shared/workflows/recompile.ts';
import { fine, hurts, informs, type Verdict } from '../finding.ts';

/** Workflows that a sentence lists; `--dry-run` lists all. */
const NAMED = 5;

/** Whether installed workflows are compiled for the current deployment. */
export function judgeWorkflows(stackName: string, due: readonly Recompilation[]): Verdict {
  if (due.length === 0) return fine('all are compiled for this deployment');
  const named = due.slice(0, NAMED).map(({ id }) => id);
  const more = due.length > NAMED ? ` and ${due.length - NAMED} more` : '';
  return hurts(
    `Compiled for an earlier deployment, so new runs may fail: ${named.join(', ')}${more}.`,
    `npx flowserv --stack ${stackName} workflows recompile --all --dry-run`,
    `npx flowserv --stack ${stackName} workflows recompile --all`,
  );
}

/** Whether workflows of another release have to be compiled again is known only after this one is deployed. */
export const judgeOtherRelease = (deployed: string, release: string): Verdict =>
  informs(`Release ${deployed} is deployed, and this is ${release}. Check again after the deployment.`);
