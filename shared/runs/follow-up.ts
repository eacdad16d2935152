import type { Services } from '../services/services.ts';
import { releaseSlot } from './dispatch.ts';
import { postprocEnded } from './postproc-end.ts';
import type { Run } from './run.ts';

/**
 * What the end of a run calls for: the execution of a canceled one is stopped, its slot goes to the next
 * run, the leaderboard is looked at. Repeating it does no harm.
 */
export async function followUp(services: Services, run: Run): Promise<void> {
  const { executions, messages } = services;
  if (run.state === 'CANCELED') await executions.stop(run.machineArn, run.id, 'canceled');
  await releaseSlot(services, run.id);
  await messages.dispatch();
  const isPostproc = run.groupId === undefined;
  if (isPostproc) await postprocEnded(services, run);
  if (isPostproc || run.state === 'SUCCESS') await messages.leaderboardDirty(run.workflowId);
}
