import { invalid, unknownObject } from '../../errors.ts';
import type { Services } from '../../services/services.ts';
import type { StepStatus } from '../../staging/protocol.ts';
import type { Page } from '../../store/paging.ts';
import { readRunAndSteps, type StepRecord } from './record.ts';
import { readStatus } from './status.ts';

/** How a step ended, and everything that it wrote to its output. */
export interface StepReport
  extends Pick<StepRecord, 'name' | 'state' | 'image' | 'imageDigest' | 'exitCode' | 'reason' | 'reuse'> {
  /** Report of the last attempt; undefined when it reported nothing or its report has expired. */
  readonly status: Pick<StepStatus, 'commands' | 'warnings' | 'failure'> | undefined;
}

/**
 * The reports of a run's steps, including those with private output: for the operator only.
 *
 * @throws FlowservError 404
 */
export async function readReports(services: Services, runId: string): Promise<readonly StepReport[]> {
  const reports: StepReport[] = [];
  for (const step of await stepsOf(services, runId)) reports.push(await reportOf(services, runId, step));
  return reports;
}

/**
 * Part of the reports of a run's steps, including those with private output: for organisers only. A part has at least
 * one report, and ends when it has `PART_BYTES`.
 *
 * @param cursor the number of the first step, by the order of the steps
 * @throws FlowservError 404, 400 for an invalid cursor
 */
export async function readSomeReports(
  services: Services,
  runId: string,
  cursor = '0',
): Promise<Page<StepReport>> {
  if (!/^\d{1,4}$/.test(cursor)) throw invalid('request.cursor', 'invalid cursor');
  const steps = await stepsOf(services, runId);
  const entries: StepReport[] = [];
  let bytes = 0;
  let position = Number(cursor);
  for (; position < steps.length && bytes < PART_BYTES; position += 1) {
    const step = steps[position];
    if (!step) break;
    const report = await reportOf(services, runId, step);
    entries.push(report);
    bytes += Buffer.byteLength(JSON.stringify(report));
  }
  return { entries, nextCursor: position < steps.length ? String(position) : undefined };
}

/** A response is limited to 6 MB (Lambda quotas), and the report of a step has at most 192 KiB of text. */
const PART_BYTES = 2_000_000;

async function stepsOf(services: Services, runId: string): Promise<readonly StepRecord[]> {
  const found = await readRunAndSteps(services, runId);
  if (!found || found.run.deleting) throw unknownObject('run', runId);
  return found.steps;
}

async function reportOf(services: Services, runId: string, step: StepRecord): Promise<StepReport> {
  const { index, attempt, name, state, image, imageDigest, exitCode, reason, reuse } = step;
  const status = await readStatus(services, runId, { step: index, attempt });
  return { name, state, image, imageDigest, exitCode, reason, reuse, status };
}
