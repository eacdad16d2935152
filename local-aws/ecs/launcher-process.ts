/**
 * Starts the programs of containers for the server. A fork copies the page tables of the parent, which takes the large
 * server about ten times as long as this program. It communicates with the server over the channel that Node gives a
 * forked process, and ends with the server. The processes of containers continue, as they would if the server had
 * started them, and the next server finds them.
 */
import { findShortage } from '../shortage.ts';
import { startEvaluated } from './evaluated-program.ts';
import type { FromLauncher, ProcessOrder, ToLauncher } from './launcher-protocol.ts';
import { type RunningProgram, startProcessGroup } from './process-group.ts';

const programs = new Map<number, RunningProgram>();

process.on('disconnect', () => process.exit());
// An error that an evaluated program left behind must not end the other programs.
process.on('unhandledRejection', (reason) => process.stderr.write(`launcher of containers: ${reason}\n`));
process.on('uncaughtException', (error) => {
  process.stderr.write(`launcher of containers: ${error.stack}\n`);
  // A shortage of resources is temporary. After any other error the state of this process is unknown.
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
    report({ kind: 'refused', id, message: findShortage(error)?.message ?? message });
  }
}

async function follow(id: number, program: RunningProgram, pid?: number): Promise<void> {
  programs.set(id, program);
  report({ kind: 'started', id, pid });
  report({ kind: 'exited', id, exitCode: await program.exited });
  report({ kind: 'closed', id, outputs: await program.outputs });
  programs.delete(id);
}

function report(message: FromLauncher): void {
  // The server may have ended in the meantime; `disconnect` handles that.
  process.send?.(message, undefined, undefined, () => {});
}
