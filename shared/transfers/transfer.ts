import { type TransferAnswer, transferRequestSchema } from '../engine/next-step-protocol.ts';
import { logWarning } from '../log.ts';
import { readRunDocument } from '../runs/documents/plan.ts';
import { publicText } from '../runs/public-text.ts';
import { readRunAndSteps } from '../runs/steps/record.ts';
import type { Services } from '../services/services.ts';
import { readStaticFiles } from '../workflows/version.ts';
import { afterStep } from './after-step.ts';
import { beforeStep } from './before-step.ts';
import { openVolumes } from './open-volumes.ts';
import { isDue, openProgress, type Progress } from './progress.ts';
import { NotDue, TransferFault } from './transfer-fault.ts';

const COMPLETED: TransferAnswer = { failure: '', permanent: false };

/**
 * Called by the state machine of a run that uses storage volumes: copies files between the volumes and bucket `work`
 * before or after a step. Tasks hold no credentials. Repeatable: what an earlier call copied is not copied again, and a
 * run that ended gets nothing.
 *
 * @throws Error for a fault of a service of AWS; the state machine reports it, and the transfer is tried again
 */
export async function transfer(services: Services, event: unknown): Promise<TransferAnswer> {
  const { runId, step: index, attempt, phase } = transferRequestSchema.parse(event);
  const found = await readRunAndSteps(services, runId);
  const record = found?.steps.find((one) => one.index === index);
  if (!found || found.run.deleting || found.run.state !== 'RUNNING') return COMPLETED;
  // A repeated call of an earlier transfer.
  if (!isDue(record, { phase, attempt })) return COMPLETED;
  const { run } = found;
  const [document, files] = await Promise.all([
    readRunDocument(services, runId),
    readStaticFiles(services, run.workflowId, run.version),
  ]);
  const step = document.plan.steps[index];
  if (!step) throw new Error(`run ${runId} has no step ${index}`);
  const progress = await openProgress(services, { run, document, files }, step, { phase, attempt });
  if (progress.isDone) return COMPLETED;
  try {
    await using volumes = openVolumes(services);
    if (phase === 'before') {
      await progress.finish([...(await progress.whileDue(beforeStep(progress, volumes)))]);
    } else {
      await progress.whileDue(afterStep(progress, volumes));
      await progress.finish();
    }
    return COMPLETED;
  } catch (error) {
    return failed(progress, error);
  }
}

async function failed(progress: Progress, error: unknown): Promise<TransferAnswer> {
  if (error instanceof NotDue) return COMPLETED;
  if (!(error instanceof TransferFault)) throw error;
  const { origin, step } = progress;
  const { cause, message, isPermanent } = error;
  const reason = cause instanceof Error ? cause.message : message;
  logWarning('a transfer failed', { runId: origin.run.id, step: step.index, failure: message, reason });
  if (!isPermanent) await progress.save();
  return { failure: publicText(message), permanent: isPermanent };
}
