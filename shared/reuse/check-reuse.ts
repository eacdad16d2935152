import { type StepView, stepView } from '../broker/inputs.ts';
import { isRecord } from '../documents/schema.ts';
import type { PlannedStep } from '../engine/run-plan.ts';
import { obstacleToReuse } from '../engine/step-reuse.ts';
import { usesVolumes } from '../engine/step-volumes.ts';
import { logError } from '../log.ts';
import { inParallel } from '../parallel.ts';
import { readRunDocument } from '../runs/documents/plan.ts';
import { type Run, runCodec } from '../runs/run.ts';
import { stepCodec } from '../runs/steps/record.ts';
import {
  type CheckReuse,
  type FoundOutputs,
  type ReuseEntry,
  reuseCodec,
  reuseOwner,
  type SeenParts,
} from '../runs/steps/reuse.ts';
import { readReport } from '../runs/steps/status.ts';
import type { Services } from '../services/services.ts';
import type { StepManifest } from '../staging/protocol.ts';
import { stepManifestSchema } from '../staging/protocol-schema.ts';
import { conditionally } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
import { type Key, keys } from '../store/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { readStaticFiles } from '../workflows/version.ts';
import { copyOutputs } from './copy-outputs.ts';
import { type Copy, copiesOf, reusedManifest, type StepLocation, stepKey } from './outputs-to-copy.ts';
import { differenceOf, keyOfParts, seenParts } from './seen-parts.ts';

/** Objects and bytes that a step may take, so that `next-step` copies them within its time. */
export const MAX_COPIES = 1_000;
export const MAX_COPIED_BYTES = 1024 ** 3;
/** Requests at a time. */
const WIDTH = 16;
/** 10,000 entries of at most 1.5 kB. */
const MANIFEST_BYTES = 16 * 1024 * 1024;

/** The attempt that may take outputs. */
interface Target extends StepLocation {
  readonly run: Run;
  readonly view: StepView;
}

/**
 * Finds the recorded outputs of steps with `cache: true` for the function `next-step`. A failure never fails the run,
 * which can execute the step.
 */
export function createCheckReuse(services: Services): CheckReuse {
  const check = createCheck(services);
  return async (cached) => {
    const { run, step } = cached;
    const obstacle = obstacleToReuse({
      ...step,
      requirements: installsPackages(step),
      volumes: usesVolumes(step),
    });
    if (obstacle !== undefined) return { missed: obstacle };
    try {
      return await check(cached);
    } catch (error) {
      logError('recorded outputs cannot be read', { runId: run.id, step: step.index }, error);
      return { missed: 'the recorded outputs could not be read' };
    }
  };
}

function createCheck(services: Services): CheckReuse {
  return async ({ run, document, step, attempt, definition }) => {
    const files = await readStaticFiles(services, run.workflowId, run.version);
    const origin = { run, document, files };
    const view = await stepView(services, origin, step);
    const owner = reuseOwner(run);
    const parts = seenParts(view, origin, { owner: owner.pk, workflowId: run.workflowId, definition });
    if (!parts) return { missed: 'the content of a file is not known for certain' };
    const key = keyOfParts(parts);
    const found = await findOutputs(services, { run, document, step: step.index, attempt, view }, key);
    if (typeof found === 'object') return { key, parts, found };
    return { key, parts, missed: found ?? (await reasonOfMiss(services, owner, step, parts)) };
  };
}

/** Whether a notebook step installs packages before it runs. */
function installsPackages({ call }: PlannedStep): boolean {
  if (call?.program !== 'notebook') return false;
  const request: unknown = JSON.parse(call.request);
  return isRecord(request) && Array.isArray(request.requirements) && request.requirements.length > 0;
}

/** The recorded outputs of a key, why they cannot be taken, or undefined if there are none. */
async function findOutputs(
  services: Services,
  target: Target,
  key: string,
): Promise<FoundOutputs | string | undefined> {
  const entry = await readEntry(services, keys.reuse(reuseOwner(target.run), key));
  const source = entry && (await readSource(services, target.run, entry));
  const report = source && (await readReport(services, entry.runId, entry));
  if (!report || report.sha256 !== entry.report) return undefined;
  const manifest = target.view.keep.tree ? await readManifest(services, source) : undefined;
  const tree = manifest && reusedManifest(manifest, target.view.tree);
  if (target.view.keep.tree && !tree) return undefined;
  if (!(await holdsAll(services, target))) return 'a file of an earlier step is missing';
  const { status } = report;
  const copies = copiesOf(source, target, target.view.keep, status, tree?.contents ?? []);
  const excess = excessOf(copies);
  if (excess !== undefined) return excess;
  const { runId, step, attempt } = entry;
  return {
    from: { runId, step, attempt },
    imageDigest: source.imageDigest,
    async copy() {
      const isDone = await copyOutputs(services, target, copies, { status, manifest: tree?.manifest });
      if (!isDone) await forget(services, target.run, key, entry);
      return isDone;
    },
  };
}

/**
 * Whether the run holds the content that earlier steps made, so that it gets outputs only for content that it has. A
 * manifest can name any digest.
 */
async function holdsAll({ objects }: Services, { run, view }: Target): Promise<boolean> {
  const sizes = new Map<string, number>();
  for (const entry of view.tree) {
    if (entry.type === 'file' && entry.source.kind === 'tree') sizes.set(entry.source.id, entry.size);
  }
  if (sizes.size > MAX_COPIES) return false;
  let isWhole = true;
  await inParallel(sizes, WIDTH, async ([sha256, size]) => {
    if ((await objects.size('work', objectKeys.treeFile(run.id, sha256))) !== size) isWhole = false;
  });
  return isWhole;
}

/** Removes an entry whose outputs cannot be copied, so that later runs do not try it and record their own. */
async function forget({ table }: Services, run: Run, key: string, { runId }: ReuseEntry): Promise<void> {
  const same: Condition = { expression: '#runId = :runId', values: { runId } };
  await conditionally(table.remove(keys.reuse(reuseOwner(run), key), same));
}

const readEntry = async ({ table, now }: Services, key: Key): Promise<ReuseEntry | undefined> => {
  const entry = reuseCodec.readMaybe(await table.get(key));
  return entry && entry.expiresAt > now().getTime() ? entry : undefined;
};

/** The attempt that an entry names; undefined if its run was deleted. */
async function readSource(
  services: Services,
  { workflowId, groupId }: Run,
  { runId, step, attempt }: ReuseEntry,
) {
  const { table } = services;
  const run = runCodec.readMaybe(await table.get(keys.run(runId)));
  if (!run || run.deleting || run.workflowId !== workflowId || run.groupId !== groupId) return undefined;
  const record = stepCodec.readMaybe(await table.get(keys.step(runId, step)));
  if (record?.state !== 'success' || record.attempt !== attempt) return undefined;
  const document = await readRunDocument(services, runId);
  return { run, document, step, attempt, imageDigest: record.imageDigest };
}

async function readManifest({ objects }: Services, source: StepLocation): Promise<StepManifest | undefined> {
  const body = await objects.read('work', stepKey(source, 'manifest'), MANIFEST_BYTES);
  return body && stepManifestSchema.parse(JSON.parse(body.toString('utf8')));
}

function excessOf(copies: readonly Copy[]): string | undefined {
  if (copies.length > MAX_COPIES) return `the recorded outputs are more than ${MAX_COPIES} files`;
  const bytes = copies.reduce((sum, { size }) => sum + size, 0);
  return bytes > MAX_COPIED_BYTES
    ? `the recorded outputs have more than ${MAX_COPIED_BYTES} bytes`
    : undefined;
}

/** Says what a step sees that the last recorded one of its name did not. */
async function reasonOfMiss(
  services: Services,
  owner: Key,
  { name }: PlannedStep,
  parts: SeenParts,
): Promise<string> {
  const latest = await readEntry(services, keys.latestReuse(owner, name));
  if (!latest) return 'no outputs of this step are recorded';
  const difference = differenceOf(parts, latest.parts);
  if (difference.length === 0) return `the outputs that run ${latest.runId} recorded are gone`;
  return `compared with run ${latest.runId}, there are changes in ${difference.join('; and in ')}`;
}
