import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

interface ServerProgram {
  /** For messages. */
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
  /** Folder of the server's files, removed when it is closed. */
  readonly folder: string;
  readonly accepts: () => Promise<boolean>;
}

/**
 * Starts a server program of others, and waits until it accepts requests.
 *
 * @returns a function that ends the server and removes its files
 */
export async function startServerProgram(program: ServerProgram): Promise<() => Promise<void>> {
  const [file, ...args] = program.command;
  const child = spawn(file, args, { stdio: 'ignore', env: program.env });
  await once(child, 'spawn');
  while (!(await program.accepts())) {
    if (child.exitCode !== null) throw new Error(`${program.name} ended with ${child.exitCode}`);
    await sleep(20);
  }
  return async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(program.folder, { recursive: true, force: true });
  };
}
