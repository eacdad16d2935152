import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProcessRunner } from '@flowserv/local-aws';
import type { Artifacts } from '../artifacts.ts';
import { TASKS_FOLDER } from '../names.ts';
import { type ChosenRunner, chooseRunner } from './choose-runner.ts';
import { parseRunnerSetting, type RunnerName, runnerNames } from './runner-setting.ts';

interface RunnerOptions {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly artifacts: Artifacts;
  /** Whether the staging program of each task has processes of its own. */
  readonly isolate: boolean;
  /** The runners that `auto` may take, in this order; all by default. */
  readonly order?: readonly RunnerName[] | undefined;
}

/**
 * Opens the runner of steps that `FLOWSERV_RUNNER` asks for.
 *
 * @throws Error with a sentence for the user: no such runner, or one that this machine cannot have
 */
export function openRunner(options: RunnerOptions): Promise<ChosenRunner> {
  const setting = parseRunnerSetting(options.env.FLOWSERV_RUNNER);
  return chooseRunner(setting, options.order ?? runnerNames, {
    engine: async () => {
      throw new Error('no');
    },
    sandbox: async () => {
      throw new Error('no');
    },
    process: async () => openProcesses(options),
  });
}

const PROCESS_NOTICE =
  'steps are processes of yours: they can read your files and use your network, so run nothing here that you would ' +
  'not run in your shell';

function openProcesses(options: RunnerOptions): ChosenRunner {
  const runner = createProcessRunner(processOptions(options));
  return {
    name: 'process',
    runner,
    description: 'processes of this machine; images are ignored',
    notice: PROCESS_NOTICE,
    close: async () => runner.close(),
  };
}

const processOptions = ({ dataDir, artifacts, isolate }: RunnerOptions) => ({
  workRoot: join(dataDir, TASKS_FOLDER),
  launcher: artifacts.containerLauncher,
  evaluated: isolate ? undefined : readFileSync(artifacts.stagingProgram, 'utf8'),
});
