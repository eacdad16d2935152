import type { Services } from '../services/services.ts';
import { releaseSlot } from './dispatch.ts';
import { postprocEnded } from './postproc-end.ts';
import { recordUsage } from './record-usage.ts';
import type { Run } from './run.ts';

/**
 * Does the follow-up work of a run's end: stops the execution of a canceled run, records what it used, passes its vCPUs
 * to the next runs, and requests an update of the leaderboard. The end of a run that scores another one again is work
 * for its request, which ranks it. Repeatable.
 */
export async function followUp(services: Services, run: Run): Promise<void> {
  const { executions, messages } = services;
  const { engine, rescore } = run;
  if (run.state === 'CANCELED') {
    if (engine === undefined) await executions.stop(run.machineArn, run.id, 'canceled');
    else await messages.remoteRun({ runId: run.id, engine });
  }
  await releaseSlot(services, run.id);
  await recordUsage(services, run);
  await messages.dispatch();
  if (rescore !== undefined) return messages.rescore(run.workflowId, rescore);
  const isPostproc = run.groupId === undefined;
  if (isPostproc) await postprocEnded(services, run);
  if (isPostproc || run.state === 'SUCCESS') await messages.leaderboardDirty(run.workflowId);
}
