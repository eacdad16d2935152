import { logError } from '../log.ts';
import { inParallel } from '../parallel.ts';
import type { Services } from '../services/services.ts';
import type { StepManifest, StepStatus } from '../staging/protocol.ts';
import { type Copy, type StepLocation, stepKey } from './outputs-to-copy.ts';

/** Copies at a time: S3 copies them itself. */
const WIDTH = 16;
/** No copy begins after this time; the step is executed instead. The function has 60 seconds, for several steps. */
const COPY_MS = 15_000;

interface Documents {
  /** The report of the recorded step. */
  readonly status: StepStatus;
  /** The manifest of the step that takes the outputs, if a later step needs it. */
  readonly manifest: StepManifest | undefined;
}

/**
 * Copies outputs to an attempt, then writes its manifest, and its report last, as a task does.
 *
 * @returns false if an object is gone, cannot be copied, or the time is over
 */
export async function copyOutputs(
  services: Services,
  location: StepLocation,
  copies: readonly Copy[],
  { status, manifest }: Documents,
): Promise<boolean> {
  const { run, step: index, attempt, document } = location;
  const name = document.plan.steps[index]?.name ?? '';
  const report: StepStatus = { ...status, step: { index, name, attempt }, attempt };
  const store = (key: string, content: StepManifest | StepStatus) =>
    services.objects.write('work', stepKey(location, key), Buffer.from(JSON.stringify(content)));
  try {
    if (!(await copyAll(services, copies))) return false;
    if (manifest) await store('manifest', manifest);
    await store('status', report);
    return true;
  } catch (error) {
    // The step can be executed.
    logError('recorded outputs cannot be copied', { runId: run.id, step: index }, error);
    return false;
  }
}

async function copyAll({ objects, now }: Services, copies: readonly Copy[]): Promise<boolean> {
  const end = now().getTime() + COPY_MS;
  let isWhole = true;
  await inParallel(copies, WIDTH, async ({ bucket, from, to }) => {
    if (isWhole && (now().getTime() > end || !(await objects.copy(bucket, from, to)))) isWhole = false;
  });
  return isWhole;
}
