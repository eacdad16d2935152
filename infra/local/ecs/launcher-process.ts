/**
 * Starts the processes of containers for the server, which is large: a process is forked with a copy of its
 * parent's page tables, which takes the server some ten times as long as this program. It speaks with the server
 * over the channel that Node gives a forked process, and ends with the server; the containers stay, as they would
 * with a server of their own, and are found by the next one.
 */
import type { FromLauncher, ProcessOrder, ToLauncher } from './launcher-protocol.ts';
import { type ProcessGroup, startProcessGroup } from './process-group.ts';

const groups = new Map<number, ProcessGroup>();

process.on('disconnect', () => process.exit());
process.on('message', (message: ToLauncher) => {
  if (message.kind === 'start') void start(message.id, message.order);
  else if (message.kind === 'signal') groups.get(message.id)?.signal(message.signal);
  else groups.get(message.id)?.release();
});

async function start(id: number, order: ProcessOrder): Promise<void> {
  let group: ProcessGroup;
  try {
    group = await startProcessGroup(order);
  } catch (error) {
    return tell({ kind: 'refused', id, message: error instanceof Error ? error.message : String(error) });
  }
  groups.set(id, group);
  tell({ kind: 'started', id, pid: group.pid });
  tell({ kind: 'exited', id, exitCode: await group.exited });
  tell({ kind: 'closed', id, outputs: await group.outputs });
  groups.delete(id);
}

function tell(message: FromLauncher): void {
  process.send?.(message);
}
