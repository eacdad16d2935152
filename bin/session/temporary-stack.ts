import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, type StackOptions, startStack } from '../../infra/local/stack.ts';

interface Options extends Pick<StackOptions, 'env' | 'runners' | 'onProgress'> {
  /** Beginning of the name of its folder. */
  readonly name: string;
  /** Called when Ctrl-C begins to stop the stack. */
  readonly onStop: () => void;
}

/** A failure while a temporary stack was used, with the faults that the stack reported. */
export class TemporaryStackError extends Error {
  readonly faults: readonly string[];

  constructor(cause: unknown, faults: readonly string[]) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.faults = faults;
  }
}

/**
 * Starts a local stack on a free port with a temporary folder, and removes it when `use` ends. Ctrl-C stops the stack,
 * removes its folder, and ends the process with 130; a second one ends the process immediately.
 *
 * @throws TemporaryStackError for everything that `use` throws
 */
export async function withTemporaryStack<T>(
  { name, env, onStop, ...options }: Options,
  use: (stack: Stack) => Promise<T>,
): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), name));
  const faults: string[] = [];
  const onFault = (line: string) => faults.push(line);
  const starting = startStack({ ...options, dataDir, env: { ...env, FLOWSERV_API_PORT: '0' }, onFault });
  const cleanUp = once(async () => {
    await (await starting.catch(() => undefined))?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  let isStopping = false;
  const stop = async () => {
    if (isStopping) process.exit(130);
    isStopping = true;
    onStop();
    await cleanUp();
    process.exit(130);
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    return await use(await starting);
  } catch (error) {
    // Running requests fail when the stack stops, and the process is about to end.
    if (isStopping) await new Promise<never>(() => {});
    throw new TemporaryStackError(error, faults);
  } finally {
    await cleanUp();
    for (const signal of signals) process.off(signal, stop);
  }
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
