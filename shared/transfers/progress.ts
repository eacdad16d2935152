import { Readable } from 'node:stream';
import type { StepRun } from '../broker/session.ts';
import type { PlannedStep } from '../engine/run-plan.ts';
import { usesVolumes } from '../engine/step-volumes.ts';
import type { TransferPhase } from '../engine/transfer-phase.ts';
import { runCodec } from '../runs/run.ts';
import { readTransfer, type TransferDocument, writeTransfer } from '../runs/steps/transfer-document.ts';
import type { Services } from '../services/services.ts';
import type { VolumeFile } from '../storage-volumes/volume.ts';
import { keys } from '../store/keys.ts';
import { permanent, RunEnded } from './transfer-fault.ts';

/** Time of a transfer: the function has 15 minutes, of which it needs some to store its progress. */
const LIMIT_MS = 14 * 60_000;
/** The run is read, and the progress stored, at most this often. */
const CHECK_MS = 5_000;

/** A version of a file of the run, and the volumes that hold it. */
interface Held {
  readonly sha256: string;
  readonly volumes: readonly string[];
}

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
  /** Throws RunEnded if the run ended, or TransferFault if the time is over; stores the progress from time to time. */
  check(): Promise<void>;
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
  phase: TransferPhase,
): Promise<Progress> {
  const { run } = origin;
  const own = await readTransfer(services, run.id, step.index, phase);
  const known = own ?? (await lastTransfer(services, origin, step, phase));
  const pinned = new Map(known?.pinned.map((file) => [pinKey(file.volume, file.path), file]));
  const held = new Map<string, Held>(known?.held.map(({ path, ...rest }) => [path, rest]));
  const begun = services.now().getTime();
  let checked = begun;
  const write = (isDone: boolean, fetched: TransferDocument['fetched'] = []) =>
    writeTransfer(services, run.id, step.index, phase, {
      ...{ v: 1, isDone, fetched, pinned: [...pinned.values()] },
      held: [...held].map(([path, rest]) => ({ path, sha256: rest.sha256, volumes: [...rest.volumes] })),
    });
  const check = async () => {
    const now = services.now().getTime();
    if (now - begun > LIMIT_MS) {
      throw permanent(
        'copying files from or to storage volumes took more than 14 minutes; give the step fewer files',
      );
    }
    if (now - checked < CHECK_MS) return;
    checked = now;
    if (!(await isRunning(services, run.id))) throw new RunEnded('the run ended');
    await write(false);
  };
  return {
    ...{ services, origin, step, pinned, held, check },
    isDone: own?.isDone ?? false,
    watched: ({ size, open }) => ({
      size,
      open: async () => Readable.from(watch(await open(), check), { objectMode: false }),
    }),
    save: () => write(false),
    finish: (fetched) => write(true, fetched),
  };
}

async function* watch(content: Readable, check: () => Promise<void>): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    await check();
    yield chunk;
  }
}

async function isRunning({ table }: Services, runId: string): Promise<boolean> {
  const run = runCodec.readMaybe(await table.get(keys.run(runId)));
  return run?.state === 'RUNNING' && !run.deleting;
}

/** The last transfer of the run before this one. */
async function lastTransfer(
  services: Services,
  { run, document }: StepRun,
  { index }: PlannedStep,
  phase: TransferPhase,
): Promise<TransferDocument | undefined> {
  const before = document.plan.steps.filter((one) => one.index < index && !one.skipped && usesVolumes(one));
  const candidates = before.flatMap((one) => [
    { step: one.index, phase: 'before' as const },
    ...(one.volume === undefined ? [] : [{ step: one.index, phase: 'after' as const }]),
  ]);
  if (phase === 'after') candidates.push({ step: index, phase: 'before' });
  for (const candidate of candidates.reverse()) {
    const found = await readTransfer(services, run.id, candidate.step, candidate.phase);
    if (found?.isDone) return found;
  }
  return undefined;
}
