import { unknownObject } from '../../errors.ts';
import type { Services } from '../../services/services.ts';
import type { StepStatus } from '../../staging/protocol.ts';
import { readRunAndSteps, type StepRecord } from './record.ts';
import { readStatus } from './status.ts';

/** How a step ended, and everything that it wrote to its output. */
export interface StepReport
  extends Pick<StepRecord, 'name' | 'state' | 'image' | 'imageDigest' | 'exitCode' | 'reason' | 'reuse'> {
  /** Report of the last attempt; undefined when it reported nothing or its report has expired. */
  readonly status: Pick<StepStatus, 'commands' | 'warnings' | 'failure'> | undefined;
}

/**
 * The reports of a run's steps for its operator, including those with private output, which no route of the API
 * shows.
 *
 * @throws FlowservError 404
 */
export async function readReports(services: Services, runId: string): Promise<readonly StepReport[]> {
  const found = await readRunAndSteps(services, runId);
  if (!found || found.run.deleting) throw unknownObject('run', runId);
  const reports: StepReport[] = [];
  for (const { index, attempt, name, state, image, imageDigest, exitCode, reason, reuse } of found.steps) {
    const status = await readStatus(services, runId, { step: index, attempt });
    reports.push({ name, state, image, imageDigest, exitCode, reason, reuse, status });
  }
  return reports;
}
