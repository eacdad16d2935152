import { findStagingProgram } from '../../infra/local/artifacts.ts';
import { readConfig } from '../../shared/config.ts';
import { checkRelease, type DeployedStack } from './deployed-stack.ts';
import { dataFolder, type Environment, type GlobalOptions, namedUrl, requireStack } from './location.ts';

/**
 * Returns the settings of the installation that an operator's command acts on: the chosen stack on AWS, else the one
 * that runs on this computer.
 *
 * @throws Error if there is neither, or another server is chosen
 */
export async function operatorSettings(
  deployed: DeployedStack | undefined,
  { url, profile, region }: GlobalOptions,
  env: Environment,
): Promise<Environment> {
  if (deployed) {
    checkRelease(deployed);
    const { environment } = deployed;
    if (url !== undefined) checkSame(namedUrl(url, env), readConfig(environment).api.url);
    return { ...environment, FLOWSERV_STAGING_PROGRAM: await findStagingProgram(dataFolder(env)) };
  }
  if (profile !== undefined || region !== undefined) {
    throw new Error('--profile and --region need --stack, which names the stack on AWS');
  }
  const running = requireStack(env, 'name a stack on AWS with --stack');
  checkSame(namedUrl(url, env), running.url);
  return running.operator;
}

function checkSame(named: string | undefined, here: string): void {
  if (named === undefined || named === here) return;
  throw new Error(
    `only the operator of ${named} can do this, on its computer or with --stack; here is ${here}`,
  );
}
