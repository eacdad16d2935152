import { readDeployedStack } from './deployed-stack.ts';
import type { Environment, GlobalOptions } from './location.ts';
import { operatorSettings } from './operator-settings.ts';

/** How a script for an account's administrator selects a stage. */
export interface StageChoice extends Pick<GlobalOptions, 'profile' | 'region'> {
  /** Name of a deployed stage. */
  readonly stage?: string | undefined;
  /** True for the local stack that runs on this computer. */
  readonly local?: boolean | undefined;
}

/** Options of `parseArgs` for such a script. */
export const stageOptions = {
  stage: { type: 'string' },
  local: { type: 'boolean' },
  profile: { type: 'string' },
  region: { type: 'string' },
} as const;

/**
 * Returns the operator's settings of the selected stage.
 *
 * @throws Error with a sentence for the user
 */
export async function chosenStage(
  { stage, local = false, profile, region }: StageChoice,
  env: Environment,
): Promise<Environment> {
  if ((stage !== undefined) === local)
    throw new Error('give either --stage NAME or --local; --help shows all options');
  const where = { ...(profile ? { profile } : {}), ...(region ? { region } : {}) };
  const deployed = stage && (await readDeployedStack({ stack: `flowserv-${stage}`, ...where }, env));
  return operatorSettings(deployed || undefined, where, env);
}
