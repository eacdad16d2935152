import type { Services } from '../../services/services.ts';
import type { StepStatus } from '../../staging/protocol.ts';
import { stepStatusSchema } from '../../staging/protocol-schema.ts';
import { objectKeys } from '../../volumes/keys.ts';
import { readStepObject } from './step-object.ts';

/** A status document carries at most 192 KiB of text blocks and 10,000 outputs of some 1.2 kB. */
const STATUS_BYTES = 16 * 1024 * 1024;

/** What the warden of an attempt reported, or undefined when it reported nothing that can be read. */
export async function readStatus(
  services: Services,
  runId: string,
  { step, attempt }: { readonly step: number; readonly attempt: number },
): Promise<StepStatus | undefined> {
  const key = objectKeys.stepFile(runId, step, attempt, 'status');
  const bytes = await readStepObject(services, key, STATUS_BYTES);
  const parsed = stepStatusSchema.safeParse(bytes && parse(bytes.toString('utf8')));
  return parsed.success ? parsed.data : undefined;
}

/** A text that is no JSON is as good as none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
