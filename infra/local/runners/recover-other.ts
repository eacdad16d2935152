import {
  createProcessRunner,
  findEngine,
  type Runner,
  removeControlGroups,
  removeEngineTasks,
} from '@flowserv/local-aws';
import type { RunnerName } from './runner-setting.ts';

interface RecoverOtherOptions {
  /** The runner of the last start; undefined on the first start. */
  readonly before: RunnerName | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  readonly workRoot: string;
  /** Path of the program that starts processes; that of the local AWS by default. */
  readonly launcher: string | undefined;
  /** Called with a line when containers may still run. */
  onProgress(line: string): void;
}

/**
 * Extends a runner's recovery to what a killed server with another runner left. Containers of an engine that does not
 * respond stay until the next start with that engine, because a server must be able to start without it.
 */
export function recoveringOther(name: RunnerName, runner: Runner, options: RecoverOtherOptions): Runner {
  const { before } = options;
  if (before === undefined || before === name) return runner;
  return {
    openTask: (task) => runner.openTask(task),
    async recover(leftovers) {
      if (before === 'engine') await recoverEngine(options);
      else await recoverProcesses(options, leftovers);
      await runner.recover(leftovers);
    },
  };
}

async function recoverEngine({ env, dataDir, workRoot, onProgress }: RecoverOtherOptions): Promise<void> {
  try {
    const engine = await findEngine({ env, dataDir });
    await removeEngineTasks(engine, workRoot).finally(() => engine.close());
  } catch (error) {
    onProgress(
      `containers of the last start may continue to run until a start with --runner engine: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function recoverProcesses(
  { before, workRoot, launcher }: RecoverOtherOptions,
  leftovers: Parameters<Runner['recover']>[0],
): Promise<void> {
  const processes = createProcessRunner({ workRoot, launcher });
  try {
    await processes.recover(leftovers);
    if (before === 'sandbox') await removeControlGroups(workRoot);
  } finally {
    await processes.close();
  }
}
