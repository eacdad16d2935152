import { readDeployedStack } from './deployed-stack.ts';
import type { Environment, GlobalOptions } from './location.ts';
import { operatorSettings } from './operator-settings.ts';

/** How a script for an account's administrator names what it acts on. */
export interface StageChoice extends Pick<GlobalOptions, 'profile' | 'region'> {
  /** Name of a stage that is deployed. */
  readonly stage?: string | undefined;
  /** True for the local stack that runs on this machine. */
  readonly local?: boolean | undefined;
}

/** Options of `parseArgs` by which such a script is told. */
export const stageOptions = {
  stage: { type: 'string' },
  local: { type: 'boolean' },
  profile: { type: 'string' },
  region: { type: 'string' },
} as const;

/**
 * The operator's settings of the stage that is named.
 *
 * @throws Error with a sentence for the user
 */
export async function chosenStage(
  { stage, local = false, profile, region }: StageChoice,
  env: Environment,
): Promise<Environment> {
  if ((stage !== undefined) === local)
    throw new Error('name either --stage NAME or --local; --help shows all options');
  const where = { ...(profile ? { profile } : {}), ...(region ? { region } : {}) };
  const deployed = stage && (await readDeployedStack({ stack: `flowserv-${stage}`, ...where }, env));
  return operatorSettings(deployed || undefined, where, env);
}
