import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createEngineRunner,
  createProcessRunner,
  findEngine,
  findSandbox,
  type TaskNetworks,
} from '@flowserv/local-aws';
import type { Architecture } from '../../../shared/architecture.ts';
import type { Artifacts } from '../artifacts.ts';
import { TASKS_FOLDER } from '../names.ts';
import { type ChosenRunner, chooseRunner } from './choose-runner.ts';
import { readKeptRunner } from './kept-runner.ts';
import { pythonFolders } from './python-folders.ts';
import { recoveringOther } from './recover-other.ts';
import {
  parseImagePull,
  parseRunnerSetting,
  parseSandboxFolders,
  type RunnerName,
  runnerNames,
} from './runner-setting.ts';
import { stepIsolation } from './step-isolation.ts';

/** Longest time that a start waits for a silent registry if another runner is available. */
const AUTO_RESPONSE_MS = 10_000;

interface RunnerOptions {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly artifacts: Artifacts;
  /** Whether the staging program of each task runs in its own processes. */
  readonly isolate: boolean;
  /** Image of `stage` and `warden`, which an engine must have or pull before the first run. */
  readonly stagingImage: string;
  readonly architecture: Architecture;
  /** The runners that `auto` may choose, in this order; all by default. */
  readonly order?: readonly RunnerName[] | undefined;
  /** Gives each task a network of its own; only the engine can. By default each container has its own. */
  readonly taskNetworks?: TaskNetworks | undefined;
  /** Called with each line of progress of a pull. */
  onProgress(line: string): void;
}

/**
 * Opens the runner of steps that `FLOWSERV_RUNNER` requests.
 *
 * @throws Error whose message is one sentence for the user: an unknown runner, one that is not available on this host,
 *   or another invalid setting. A typing error must not select a runner that protects less
 */
export async function openRunner(options: RunnerOptions): Promise<ChosenRunner> {
  const { env, order = runnerNames } = options;
  const setting = parseRunnerSetting(env.FLOWSERV_RUNNER);
  const pull = parseImagePull(env.FLOWSERV_IMAGE_PULL);
  const folders = parseSandboxFolders(env.FLOWSERV_SANDBOX_FOLDERS);
  const chosen = await chooseRunner(setting, order, {
    engine: () => openEngine(options, pull, setting === 'engine'),
    sandbox: () => openSandbox(options, folders),
    process: () => openProcesses(options),
  });
  const { dataDir, artifacts, onProgress } = options;
  const runner = recoveringOther(chosen.name, chosen.runner, {
    before: readKeptRunner(dataDir)?.name,
    ...{ env, dataDir, onProgress, launcher: artifacts.containerLauncher },
    workRoot: join(dataDir, TASKS_FOLDER),
  });
  return { ...chosen, runner };
}

async function openEngine(
  options: RunnerOptions,
  pull: ReturnType<typeof parseImagePull>,
  isAsked: boolean,
): Promise<ChosenRunner> {
  const { env, dataDir, onProgress, stagingImage, architecture, taskNetworks } = options;
  const engine = await findEngine({ env, dataDir });
  try {
    const trusted = engine.hostNetwork ? undefined : createProcessRunner(processOptions(options));
    const runner = createEngineRunner({
      engine,
      workRoot: join(dataDir, TASKS_FOLDER),
      isolationOf: stepIsolation,
      pull,
      onProgress,
      env,
      taskNetworks,
      ...(trusted ? { trusted } : {}),
    });
    if (!trusted) {
      const patience = isAsked ? {} : { responseTimeoutMs: AUTO_RESPONSE_MS };
      await runner.provideImage(stagingImage, architecture, patience).catch((error: Error) => {
        const why = error.message.replace(`failed to resolve ref ${stagingImage}: `, '');
        throw new Error(
          `${engine.description} is not used, as it cannot pull ${stagingImage}, which every task needs (${why})`,
          { cause: error },
        );
      });
    }
    return {
      name: 'engine',
      runner,
      description: `containers${taskNetworks ? ' with one network for each task' : ''}, by ${engine.description}`,
      notices: [],
      async close() {
        await trusted?.close();
        await engine.close();
      },
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function openSandbox(options: RunnerOptions, folders: readonly string[]): Promise<ChosenRunner> {
  const { env, dataDir, artifacts } = options;
  const sandbox = await findSandbox({
    readOnlyFolders: [...folders, ...pythonFolders(env)],
    hidden: [dataDir],
    ownFolders: [artifacts.product],
    ...(env.PATH === undefined ? {} : { path: env.PATH }),
  }).catch((error: Error) => {
    throw new Error(`a sandbox is not available: ${error.message}`, { cause: error });
  });
  const isolation = { sandbox, isolationOf: stepIsolation };
  const runner = createProcessRunner({ ...processOptions(options), isolation });
  return {
    name: 'sandbox',
    runner,
    description: `a sandbox, by ${sandbox.kind}`,
    notices: [IMAGES_NOTICE],
    close: () => runner.close(),
  };
}

const IMAGES_NOTICE = 'images are ignored, and steps use the programs of this machine, such as python3';
const PROCESS_NOTICE =
  'steps are processes of yours: they can read your files and use your network, so run nothing here that you would ' +
  'not run in your shell';

async function openProcesses(options: RunnerOptions): Promise<ChosenRunner> {
  const runner = createProcessRunner(processOptions(options));
  return {
    name: 'process',
    runner,
    description: 'processes of this machine',
    notices: [PROCESS_NOTICE, IMAGES_NOTICE],
    close: () => runner.close(),
  };
}

const processOptions = ({ dataDir, artifacts, isolate }: RunnerOptions) => ({
  workRoot: join(dataDir, TASKS_FOLDER),
  launcher: artifacts.containerLauncher,
  evaluated: isolate ? undefined : readFileSync(artifacts.stagingProgram, 'utf8'),
});
