import { createHash } from 'node:crypto';
import { logWarning } from '../../log.ts';
import type { Services } from '../../services/services.ts';
import type { StepStatus } from '../../staging/protocol.ts';
import { stepStatusSchema } from '../../staging/protocol-schema.ts';
import { objectKeys } from '../../volumes/keys.ts';
import { readStepObject } from './step-object.ts';

/** A status document carries at most 192 KiB of text blocks and 10,000 outputs of some 1.2 kB. */
const STATUS_BYTES = 16 * 1024 * 1024;

/** A report, and the SHA-256 of its text. */
export interface StepReportDocument {
  readonly status: StepStatus;
  readonly sha256: string;
}

/** Returns the report of the warden of an attempt; undefined when it is missing or cannot be read. */
export async function readStatus(
  services: Services,
  runId: string,
  { step, attempt }: { readonly step: number; readonly attempt: number },
): Promise<StepStatus | undefined> {
  return (await readReport(services, runId, { step, attempt }))?.status;
}

/** As `readStatus`, with the digest of the report. */
export async function readReport(
  services: Services,
  runId: string,
  { step, attempt }: { readonly step: number; readonly attempt: number },
): Promise<StepReportDocument | undefined> {
  const key = objectKeys.stepFile(runId, step, attempt, 'status');
  const bytes = await readStepObject(services, key, STATUS_BYTES);
  if (!bytes) return undefined;
  try {
    const status = stepStatusSchema.parse(JSON.parse(bytes.toString('utf8')));
    return { status, sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    // Participants read that the report is missing. The error may repeat text of the report, so it is not logged.
    const fault = error instanceof Error ? error.name : 'unknown';
    logWarning('the report of a step cannot be read', { runId, step, attempt, fault });
    return undefined;
  }
}
