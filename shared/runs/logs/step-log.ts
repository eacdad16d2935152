import { logWarning } from '../../log.ts';
import type { Services } from '../../services/services.ts';
import type { LogStream, StepLog, StepStatus } from '../../staging/protocol.ts';
import { stepLogSchema } from '../../staging/protocol-schema.ts';
import { objectKeys } from '../../volumes/keys.ts';
import type { StepRecord } from '../steps/record.ts';
import { readStatus } from '../steps/status.ts';
import { readStepObject } from '../steps/step-object.ts';
import type { StreamName } from './streams.ts';

/** Two streams of 64 KiB in base64, and their description. */
const LOG_BYTES = 256 * 1024;

/** The stored output of an attempt of a step. */
export interface StoredLog extends Pick<StepLog, 'folder' | 'stdout' | 'stderr'> {
  /** Whether the step writes no more. */
  readonly isEnded: boolean;
}

type Attempt = Pick<StepRecord, 'index' | 'attempt'>;

/**
 * Reads the log of an attempt: that of its end, or what its task uploaded last while it ran; without both, the texts of
 * its report, which remote engines and tasks of earlier releases leave. Undefined if nothing is stored, or no more.
 *
 * @param mayRun whether the step may still write
 */
export async function readStepLog(
  services: Services,
  runId: string,
  step: Attempt,
  mayRun: boolean,
): Promise<StoredLog | undefined> {
  const order = mayRun ? (['live', 'end'] as const) : (['end', 'live'] as const);
  for (const name of order) {
    const log = await readLog(services, runId, step, name);
    if (log) return { ...log, isEnded: !mayRun || name === 'end' };
  }
  if (mayRun) return undefined;
  const status = await readStatus(services, runId, { step: step.index, attempt: step.attempt });
  return status && { ...textsOf(status), isEnded: true };
}

/** Key of a file of kind `log`. */
export const logKey = (runId: string, { index, attempt }: Attempt, name: string): string =>
  objectKeys.stepFile(runId, index, attempt, `log-${name}`);

async function readLog(services: Services, runId: string, step: Attempt, name: 'live' | 'end') {
  const bytes = await readStepObject(services, logKey(runId, step, name), LOG_BYTES);
  if (!bytes) return undefined;
  try {
    return stepLogSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    logWarning('the log of a step cannot be read', { runId, step: step.index, attempt: step.attempt });
    return undefined;
  }
}

function textsOf({ commands }: StepStatus): Pick<StoredLog, 'folder' | StreamName> {
  const streamOf = (name: StreamName): LogStream => {
    const bytes = Buffer.from(commands.map((command) => command[name]).join(''));
    return {
      size: bytes.length,
      parts: [{ start: 0, length: bytes.length, at: 0 }],
      bytes: bytes.toString('base64'),
    };
  };
  return { folder: '', stdout: streamOf('stdout'), stderr: streamOf('stderr') };
}

/** Returns a function that reads bytes of what is stored of a stream; a file that is gone counts as empty. */
export function bytesOf(
  { objects }: Services,
  runId: string,
  step: Attempt,
  stream: LogStream,
  name: StreamName,
): (at: number, length: number) => Promise<Buffer> {
  const inline = stream.bytes === null ? undefined : Buffer.from(stream.bytes, 'base64');
  return async (at, length) =>
    inline?.subarray(at, at + length) ??
    (await objects.readRange('work', logKey(runId, step, name), at, length)) ??
    Buffer.alloc(0);
}

/** The text with paths in the run tree as the template writes them: a local server would reveal paths of its host. */
export const withoutFolder = (text: string, folder: string): string =>
  folder.length < 2 ? text : text.replaceAll(`${folder}/`, '').replaceAll(folder, '.');
