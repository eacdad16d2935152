import * as z from 'zod';
import type { PlannedStep } from '../../engine/run-plan.ts';
import { epochSeconds } from '../../ids.ts';
import type { Services } from '../../services/services.ts';
import { itemCodec } from '../../store/codec.ts';
import type { Write } from '../../store/item.ts';
import { type Key, keys } from '../../store/keys.ts';
import type { RunDocument } from '../documents/plan.ts';
import type { Run } from '../run.ts';
import type { StepRecord } from './record.ts';

/**
 * The reuse of recorded outputs by a step with `cache: true`: the entries in the table, and what `next-step` asks for.
 * `shared/reuse` calculates the keys and copies the outputs (docs/architecture.md, "Reuse of steps").
 */

/** Days for which an entry is used: one less than those after which the objects between the steps of a run expire. */
export const REUSE_DAYS = 6;
const DAY_MS = 24 * 3_600_000;

/** The SHA-256 of each part of what a step sees; its key is the SHA-256 of all. */
export type SeenParts = Readonly<Record<string, string>>;

/** An attempt of a step that left outputs. */
interface RecordedStep {
  readonly runId: string;
  readonly step: number;
  readonly attempt: number;
}

const entrySchema = z.object({
  runId: z.string(),
  step: z.number(),
  attempt: z.number(),
  /** SHA-256 of the attempt's report, which a link may replace for minutes after it was read. */
  report: z.string(),
  parts: z.record(z.string(), z.string()),
  expiresAt: z.number(),
  ttl: z.number(),
});
/** The recorded outputs of a step that saw these parts. */
export type ReuseEntry = z.infer<typeof entrySchema>;
export const reuseCodec = itemCodec(1, entrySchema);

/** The item below which the entries of a run are stored. Runs of other groups never see them. */
export const reuseOwner = ({ groupId, workflowId }: Pick<Run, 'groupId' | 'workflowId'>): Key =>
  groupId === undefined ? keys.workflow(workflowId) : keys.group(groupId);

/** Why the outputs of a successful step are not recorded; undefined if they are. */
function obstacleToRecording({ attempt, imageDigest }: StepRecord): string | undefined {
  // Links of an earlier attempt may replace files that a later one keeps.
  if (attempt !== 1) return 'it needed more than one attempt';
  if (imageDigest === undefined)
    return 'the platform did not report the image that ran; local servers report it only with containers';
  return undefined;
}

/** The record of an ended attempt, with the reason if its outputs are not recorded. */
export function withRecording(record: StepRecord): StepRecord {
  const { reuse, state } = record;
  const obstacle = state === 'success' && reuse?.key !== undefined && obstacleToRecording(record);
  return obstacle ? { ...record, reuse: { ...reuse, unrecorded: obstacle } } : record;
}

/**
 * The writes that record the outputs of an ended attempt: under its key, and as the latest ones of the step's name,
 * with which a later run that misses is compared. None for a step that failed, has no key or was reused itself.
 *
 * @param report SHA-256 of the report of the attempt
 */
export function recordingWrites(
  { table, now }: Pick<Services, 'table' | 'now'>,
  run: Run,
  record: StepRecord,
  report: string | undefined,
): Write[] {
  const { index, name, attempt, state, reuse } = record;
  if (state !== 'success' || report === undefined || obstacleToRecording(record) !== undefined) return [];
  if (reuse?.key === undefined || reuse.parts === undefined || reuse.from) return [];
  const expiresAt = now().getTime() + REUSE_DAYS * DAY_MS;
  const ttl = epochSeconds(new Date(expiresAt)) + 1;
  const entry = { runId: run.id, step: index, attempt, report, parts: reuse.parts, expiresAt, ttl };
  const owner = reuseOwner(run);
  return [keys.reuse(owner, reuse.key), keys.latestReuse(owner, name)].map((key) =>
    table.write.put(reuseCodec.write(key, entry)),
  );
}

/** Recorded outputs that a step may take. */
export interface FoundOutputs {
  readonly from: RecordedStep;
  /** Digest of the image that ran. */
  readonly imageDigest: string | undefined;
  /**
   * Copies them as if the attempt had left them. Repeatable.
   *
   * @returns false if some are gone or the time is over
   */
  copy(): Promise<boolean>;
}

/** What is known about a step before it starts: its key, and outputs or the reason why there are none. */
type ReuseCheck =
  | { readonly missed: string; readonly key?: string; readonly parts?: SeenParts }
  | { readonly found: FoundOutputs; readonly key: string; readonly parts: SeenParts };

/** A step with `cache: true` that is due. */
export interface DueStep {
  readonly run: Run;
  readonly document: RunDocument;
  readonly step: PlannedStep;
  /** The attempt that would take outputs. */
  readonly attempt: number;
  /** ARN of its task definition. */
  readonly definition: string;
}

/** Checks whether a step can take recorded outputs. The steps before it have ended. */
export type CheckReuse = (step: DueStep) => Promise<ReuseCheck>;
