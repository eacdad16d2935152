import { type Environment, requireStack } from './location.ts';

/** How a script names what it acts on. */
export interface StageChoice {
  /** Name of a stage that is deployed. */
  readonly stage: string | undefined;
  /** True for the local stack that runs on this machine. */
  readonly local: boolean | undefined;
}

/**
 * The operator's settings of the stage that is named.
 *
 * @throws Error with a sentence for the user
 */
export async function chosenStage({ stage, local }: StageChoice, env: Environment): Promise<Environment> {
  if ((stage !== undefined) === (local ?? false)) throw new Error('name either --stage NAME or --local');
  if (stage === undefined) return requireStack(env).operator;
  if (env.FLOWSERV_STAGE !== stage) throw new Error(`the environment has no settings of stage '${stage}'`);
  return env;
}
