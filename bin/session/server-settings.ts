import { type Config, readConfig } from '../../shared/config.ts';
import { pythonSettings } from '../../shared/engine/python-steps/settings.ts';
import type { Cli } from './cli.ts';
import { dataFolder, readStack } from './location.ts';

/** The settings of the stage on AWS that is named, else of the local stack that runs, else of the environment. */
export async function serverSettings({ env, deployed }: Pick<Cli, 'env' | 'deployed'>): Promise<Config> {
  const stage = await deployed();
  return readConfig(stage?.environment ?? readStack(dataFolder(env))?.operator ?? env);
}

/** What the server permits to the steps of a workflow, for `checkSource`. */
export async function checksOfServer(cli: Pick<Cli, 'env' | 'deployed'>) {
  const settings = await serverSettings(cli);
  return { sizes: settings.steps, python: pythonSettings(settings) };
}
