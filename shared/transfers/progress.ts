import { Readable } from 'node:stream';
import type { StepRun } from '../broker/session.ts';
import type { TransferRequest } from '../engine/next-step-protocol.ts';
import type { PlannedStep } from '../engine/run-plan.ts';
import { usesVolumes } from '../engine/step-volumes.ts';
import { runCodec } from '../runs/run.ts';
import { type StepRecord, stepCodec } from '../runs/steps/record.ts';
import {
  readTransfer,
  readTransferProgress,
  type TransferDocument,
  type TransferName,
  writeTransfer,
  writeTransferProgress,
} from '../runs/steps/transfer-document.ts';
import type { Services } from '../services/services.ts';
import type { VolumeFile } from '../storage-volumes/volume.ts';
import { keys } from '../store/keys.ts';
import { NotDue, permanent, TransferFault } from './transfer-fault.ts';

/** Time of a transfer: the function has 15 minutes, of which it needs some to store its progress. */
const LIMIT_MS = 14 * 60_000;
/** The run is read, and the progress stored, at most this often. */
const CHECK_MS = 5_000;
/** A volume that moves nothing for this long does not respond. A server may need minutes to complete a file of 5 GiB. */
const IDLE_MS = 5 * 60_000;

/** A version of a file of the run, and the volumes that hold it. */
interface Held {
  readonly sha256: string;
  readonly volumes: readonly string[];
}

/** Which transfer the state machine asked for. */
type DueTransfer = Pick<TransferRequest, 'phase' | 'attempt'>;

/** The file that a run got from a volume. */
type Pinned = TransferDocument['pinned'][number];

/** A transfer that can be interrupted and repeated: what it did is stored while it runs. */
export interface Progress {
  readonly services: Services;
  readonly origin: StepRun;
  readonly step: PlannedStep;
  /** Whether it was completed by an earlier call. */
  readonly isDone: boolean;
  /** Files that the run got so far, by volume and path (`pinKey`). */
  readonly pinned: Map<string, Pinned>;
  /** Newest versions of files of the run that volumes hold, by path. */
  readonly held: Map<string, Held>;
  /**
   * Throws NotDue if the run ended or another call completed the transfer, or TransferFault if the time is over; stores
   * the progress from time to time.
   */
  check(): Promise<void>;
  /** Waits for the transfer, and checks it meanwhile, as it may wait for a server that never responds. */
  whileDue<T>(work: Promise<T>): Promise<T>;
  /** The same file, whose content ends with an error in these cases. */
  watched(file: VolumeFile): VolumeFile;
  /** Stores what was done so far. */
  save(): Promise<void>;
  /** Stores that everything is done. */
  finish(fetched?: TransferDocument['fetched']): Promise<void>;
}

export const pinKey = (volume: string, path: string): string => JSON.stringify([volume, path]);

/** Continues the transfer of a step, or begins it with what earlier transfers of the run did. */
export async function openProgress(
  services: Services,
  origin: StepRun,
  step: PlannedStep,
  due: DueTransfer,
): Promise<Progress> {
  const name: TransferName = { runId: origin.run.id, step: step.index, phase: due.phase };
  const done = await readTransfer(services, name);
  const known =
    done ?? (await readTransferProgress(services, name)) ?? (await lastTransfer(services, origin, step, due));
  const pinned = new Map(known?.pinned.map((file) => [pinKey(file.volume, file.path), file]));
  const held = new Map<string, Held>(known?.held.map(({ path, ...rest }) => [path, rest]));
  const begun = services.now().getTime();
  let [checked, moved] = [begun, begun];
  let stopped: unknown;
  const documentOf = (fetched: TransferDocument['fetched'] = []): TransferDocument => ({
    ...{ v: 1, fetched, pinned: [...pinned.values()] },
    held: [...held].map(([path, rest]) => ({ path, sha256: rest.sha256, volumes: [...rest.volumes] })),
  });
  const save = () => writeTransferProgress(services, name, documentOf());
  const examine = async (now: number) => {
    if (now - begun > LIMIT_MS) {
      throw permanent(
        'copying files from or to storage volumes took more than 14 minutes; give the step fewer files',
      );
    }
    if (now - moved > IDLE_MS) {
      throw new TransferFault('a storage volume did not respond for 5 minutes', { isPermanent: false });
    }
    if (now - checked < CHECK_MS) return;
    checked = now;
    if (!(await isStillDue(services, name, due))) throw new NotDue('the transfer is not due any more');
    await save();
  };
  const check = async () => {
    if (stopped !== undefined) throw stopped;
    moved = services.now().getTime();
    await examine(moved);
  };
  const whileDue = async <T>(work: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        examine(services.now().getTime()).catch((error: unknown) => {
          // What is left of the work ends at its next check.
          stopped ??= error;
          reject(error);
        });
      }, CHECK_MS);
    });
    try {
      return await Promise.race([work, over]);
    } finally {
      clearInterval(timer);
    }
  };
  return {
    ...{ services, origin, step, pinned, held, check, whileDue },
    isDone: done !== undefined,
    watched: ({ size, open }) => ({
      size,
      open: async () => Readable.from(watch(await open(), check), { objectMode: false }),
    }),
    save,
    finish: (fetched) => writeTransfer(services, name, documentOf(fetched)),
  };
}

async function* watch(content: Readable, check: () => Promise<void>): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    await check();
    yield chunk;
  }
}

/** Whether the run waits for this transfer. A call may outlive its repetition. */
async function isStillDue({ table }: Services, { runId, step }: TransferName, due: DueTransfer) {
  const run = runCodec.readMaybe(await table.get(keys.run(runId)));
  if (run?.state !== 'RUNNING' || run.deleting) return false;
  return isDue(stepCodec.readMaybe(await table.get(keys.step(runId, step))), due);
}

/** Whether the record of a step is that of a transfer. */
export const isDue = (record: StepRecord | undefined, { phase, attempt }: DueTransfer): boolean =>
  record?.state === 'transferring' && record.attempt === attempt && record.transfer?.phase === phase;

/** The last transfer of the run before this one. */
async function lastTransfer(
  services: Services,
  { run, document }: StepRun,
  { index }: PlannedStep,
  { phase }: DueTransfer,
): Promise<TransferDocument | undefined> {
  const before = document.plan.steps.filter((one) => one.index < index && !one.skipped && usesVolumes(one));
  const candidates = before.flatMap((one) => [
    { step: one.index, phase: 'before' as const },
    ...(one.volume === undefined ? [] : [{ step: one.index, phase: 'after' as const }]),
  ]);
  if (phase === 'after') candidates.push({ step: index, phase: 'before' });
  for (const candidate of candidates.reverse()) {
    const found = await readTransfer(services, { runId: run.id, ...candidate });
    if (found) return found;
  }
  return undefined;
}
