/**
 * Starts the programs of containers for the server, which is large: a process is forked with a copy of its
 * parent's page tables, which takes the server some ten times as long as this program. It speaks with the server
 * over the channel that Node gives a forked process, and ends with the server; the processes of containers stay, as
 * they would with a server of their own, and are found by the next one.
 */
import { findShortage } from '../shortage.ts';
import { startEvaluated } from './evaluated-program.ts';
import type { FromLauncher, ProcessOrder, ToLauncher } from './launcher-protocol.ts';
import { type RunningProgram, startProcessGroup } from './process-group.ts';

const programs = new Map<number, RunningProgram>();

process.on('disconnect', () => process.exit());
// What an evaluated program has left behind must not end the others.
process.on('unhandledRejection', (reason) => process.stderr.write(`launcher of containers: ${reason}\n`));
process.on('uncaughtException', (error) => {
  process.stderr.write(`launcher of containers: ${error.stack}\n`);
  // What the machine has run out of passes; anything else may have left anything behind.
  if (!findShortage(error)) process.exit(1);
});
process.on('message', (message: ToLauncher) => {
  const { id } = message;
  if (message.kind === 'start') void start(id, message.order);
  else if (message.kind === 'evaluate') void follow(id, startEvaluated(message.order));
  else if (message.kind === 'signal') programs.get(id)?.signal(message.signal);
  else programs.get(id)?.release();
});

async function start(id: number, order: ProcessOrder): Promise<void> {
  try {
    const group = await startProcessGroup(order);
    await follow(id, group, group.pid);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: 'refused', id, message: findShortage(error)?.message ?? message });
  }
}

async function follow(id: number, program: RunningProgram, pid?: number): Promise<void> {
  programs.set(id, program);
  tell({ kind: 'started', id, pid });
  tell({ kind: 'exited', id, exitCode: await program.exited });
  tell({ kind: 'closed', id, outputs: await program.outputs });
  programs.delete(id);
}

function tell(message: FromLauncher): void {
  // The server may have gone meanwhile, which `disconnect` tells.
  process.send?.(message, undefined, undefined, () => {});
}
