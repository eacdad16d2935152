import { controlFiles } from '../engine/python-steps/control-files.ts';
import type { PlannedStep, RunPlan } from '../engine/run-plan.ts';
import { stepScript } from '../engine/step-script.ts';
import { fillStep, neededResults } from '../engine/step-values.ts';
import { waveOf } from '../engine/waves.ts';
import { invalid } from '../errors.ts';
import { type RunDocument, seesPrivate } from '../runs/documents/plan.ts';
import { stepCodec } from '../runs/steps/record.ts';
import { readResults } from '../runs/steps/results.ts';
import { readFetched } from '../runs/steps/transfer-document.ts';
import type { Services } from '../services/services.ts';
import {
  type FileEntry,
  type FileSource,
  type InputsPage,
  PAGE_ENTRIES,
  type StagedEntry,
  type TreeEntry,
} from '../staging/protocol.ts';
import { stepManifestSchema } from '../staging/protocol-schema.ts';
import { keys } from '../store/keys.ts';
import { isPrivate } from '../template/file-access.ts';
import { keptPaths } from '../template/output-paths.ts';
import type { Bucket } from '../volumes/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { MAX_LINK_SECONDS } from '../volumes/presign.ts';
import type { StaticFile } from '../workflows/version.ts';
import { handedOn, handOverAfter, participantsSteps } from './handed-on.ts';
import { stepLimits } from './limits.ts';
import { invalidTicket, type StepRun, type StepSession } from './session.ts';
import {
  FETCHED,
  firstTree,
  foldersOf,
  neighbours,
  nextTree,
  shownTree,
  withFetched,
  withoutIntruders,
  withoutLinks,
  withoutLinksAt,
} from './tree.ts';

/** Name of the object with the merged manifest of a wave, an object of its last step. No link leads to it. */
export const MERGED = 'merged';
/** 10,000 entries of at most 1.5 kB. */
const MANIFEST_BYTES = 16 * 1024 * 1024;

/**
 * One page of the tree that a step starts from, with links to its files.
 *
 * @throws FlowservError 403, or 400 for a page that does not exist
 */
export async function stepInputs(
  services: Services,
  session: StepSession,
  page: number,
): Promise<InputsPage> {
  const { record, document, live, ended } = session;
  const step = document.plan.steps[record.index];
  if (!live || ended || !step) throw invalidTicket();
  const { tree, ...view } = await stepView(services, session, step);
  const first = page * PAGE_ENTRIES;
  if (page > 0 && first >= tree.length) throw invalid('step.page', `page ${page} does not exist`);
  const entries = tree.slice(first, first + PAGE_ENTRIES);
  return {
    step: { index: record.index, name: record.name, attempt: record.attempt },
    ...view,
    entries: await Promise.all(entries.map((entry) => withLink(services, session, entry))),
    next: first + PAGE_ENTRIES < tree.length ? page + 1 : null,
    isFollowed: (record.following ?? []).length > 0,
    limits: stepLimits(step),
  };
}

/** What a step sees and what is kept of it, without the links to the files. */
export interface StepView extends Pick<InputsPage, 'script' | 'control' | 'folders' | 'keep'> {
  readonly tree: readonly TreeEntry[];
}

/** Returns what the task of a step gets, whichever attempt it is. The same run and step give the same view. */
export async function stepView(services: Services, origin: StepRun, step: PlannedStep): Promise<StepView> {
  const { run, document } = origin;
  const { plan } = document;
  const { isLast } = neighbours(plan.steps, step);
  const before = await treeBefore(services, origin, step, seesPrivate(document, step));
  const tree = withFetched(before, await readFetched(services, run.id, step));
  const filled = await withResults(services, origin, step);
  return {
    script: stepScript(filled.step),
    ...(step.call && { control: controlFiles(step.call, filled.call ?? '') }),
    folders: foldersOf(plan, step, tree),
    tree,
    keep: {
      outputs: isLast ? plan.outputs : [],
      resultFile: isLast && run.groupId !== undefined ? plan.resultFile : null,
      // What is copied to a storage volume after the last step is read from its manifest.
      tree: !isLast || step.volume !== undefined,
      archive: isLast,
      ...(step.sets !== undefined && { variable: true }),
      ...keptOnFailure(document, step),
      handOver: handOverAfter(document, step),
    },
  };
}

/** The executed notebook of a step, unless the step sees private files. */
const keptOnFailure = (document: RunDocument, step: PlannedStep): { onFailure?: string } =>
  step.call?.executed === undefined || seesPrivate(document, step) ? {} : { onFailure: step.call.executed };

/** The step with the results of earlier steps; `next-step` checked before that it can take them. */
async function withResults(services: Services, { run }: StepRun, step: PlannedStep) {
  const wanted = neededResults(step).map((index) => keys.step(run.id, index));
  const records = (await services.table.getMany(wanted)).map(stepCodec.read);
  const results = await readResults(services, run.id, step, records);
  return fillStep(step, (index) => results.get(index));
}

/**
 * The tree that a step starts from.
 *
 * @param withPrivate whether it is for a step that gets the private files; it then also gets everything that such a
 *   step before it left
 */
export async function treeBefore(
  services: Services,
  session: StepRun,
  step: PlannedStep,
  withPrivate: boolean,
): Promise<TreeEntry[]> {
  const { document, files } = session;
  const { plan } = document;
  const first = firstTree(files, document, withPrivate);
  const { before } = neighbours(plan.steps, step);
  if (!before) return first;
  const made = await leftBy(services, session, before);
  const isHandedOver = before.leaves === undefined && step.leaves !== undefined;
  const left = isHandedOver ? withoutLinksAt(made, madeByOrganiser(plan)) : made;
  if (!withPrivate && seesPrivate(document, before)) {
    const earlier = await treeBefore(services, session, before, false);
    const outputs = waveOf(plan.steps, before).flatMap((one) => outputsOf(plan, one));
    return nextTree(shownTree(left, earlier, outputs), first);
  }
  const handOver = handOverAfter(document, before);
  const [begun] = participantsSteps(plan.steps, before);
  const isOwn = before.leaves !== undefined && begun !== undefined;
  const stays = isOwn ? await treeBefore(services, session, begun, withPrivate) : first;
  if (!withPrivate) return nextTree(handedOn(left, stays, first, handOver), first);
  const tree = handedOn(before.participantCode ? withoutLinks(left) : left, stays, first, handOver);
  return nextTree(withoutIntruders(tree, files, declaredPaths(document)), first);
}

/** What the wave left that ends with a step: for a wave of several steps, as `next-step` merged it. */
const leftBy = (services: Services, session: StepRun, step: PlannedStep): Promise<TreeEntry[]> => {
  const isMerged = waveOf(session.document.plan.steps, step).length > 1;
  return leftByStep(services, session, step, isMerged ? MERGED : 'manifest');
};

/**
 * What a step left. Its manifest comes from the step's task, so entries that lead to a private static file or to a
 * file of a storage volume are removed: a step gets those anew.
 */
export async function leftByStep(
  services: Services,
  { run, files }: StepRun,
  { index }: Pick<PlannedStep, 'index'>,
  name = 'manifest',
): Promise<TreeEntry[]> {
  const record = stepCodec.readMaybe(await services.table.get(keys.step(run.id, index)));
  const key = objectKeys.stepFile(run.id, index, record?.attempt ?? 0, name);
  const body = await services.objects.read('work', key, MANIFEST_BYTES);
  if (!body) throw new Error(`manifest of step ${index} of run ${run.id} is missing`);
  const { entries } = stepManifestSchema.parse(JSON.parse(body.toString('utf8')));
  return entries.filter((entry) => {
    if (entry.type !== 'file') return true;
    const file = staticFileOf(files, entry.source);
    return !isFetched(entry.source) && !(file && isPrivate(file));
  });
}

/** Returns the outputs of the organiser's steps, as listed in the participants' steps. */
const madeByOrganiser = ({ steps }: RunPlan): string[] => steps.flatMap(({ others }) => others ?? []);

const outputsOf = ({ outputs, resultFile }: RunPlan, step: PlannedStep): string[] => [
  ...step.outputs,
  ...keptPaths(outputs, resultFile),
];

/** Paths that the template declares, as outputs of any step or for files of arguments. */
function declaredPaths({ plan, inputs }: RunDocument): string[] {
  const paths = [...inputs.filter(({ declared }) => declared).map(({ path }) => path)];
  return [
    ...paths,
    ...plan.copies.map(({ target }) => target),
    ...plan.steps.flatMap((step) => outputsOf(plan, step)),
  ];
}

async function withLink(services: Services, session: StepSession, entry: TreeEntry): Promise<StagedEntry> {
  if (entry.type !== 'file') return entry;
  const { bucket, key } = locate(session, entry);
  const url = await services.objects.link(bucket, { method: 'GET', key, expiresIn: MAX_LINK_SECONDS });
  return { ...entry, url };
}

/**
 * The object behind an entry. Sources lead only to the run's own objects and its declared inputs, and to private
 * files only for steps that get them.
 */
function locate(
  session: StepSession,
  { source }: FileEntry,
): { readonly bucket: Bucket; readonly key: string } {
  const { run, document, record } = session;
  // Only `withFetched` makes such entries, for the step of the session.
  if (isFetched(source)) {
    const key = objectKeys.fetchedFile(run.id, source.id.slice(FETCHED.length));
    return { bucket: 'work', key };
  }
  const step = document.plan.steps[record.index];
  const object = objectOf(session, source, step !== undefined && seesPrivate(document, step));
  if (!object) throw invalidTicket();
  return object;
}

/**
 * The object that a source leads to; undefined for none.
 *
 * @param withPrivate whether it may be that of a private file
 */
export function objectOf(
  { run, files, document }: StepRun,
  source: FileSource,
  withPrivate: boolean,
): { readonly bucket: Bucket; readonly key: string } | undefined {
  const { kind, id } = source;
  if (kind === 'tree') {
    if (!/^[0-9a-f]{64}$/.test(id)) return undefined;
    return { bucket: 'work', key: objectKeys.treeFile(run.id, id) };
  }
  const file = staticFileOf(files, source);
  if (file) {
    if (isPrivate(file) && !withPrivate) return undefined;
    return { bucket: 'data', key: objectKeys.staticFile(run.workflowId, run.version, file.sha256) };
  }
  const input = inputOf(document, source);
  return input && { bucket: 'data', key: input.object };
}

/**
 * The size and the SHA-256 of the object behind an entry, as this installation recorded them: those in the entry come
 * from the task of an earlier step. Undefined for a source that leads to no object of the run.
 */
export function recordedContent(
  { document, files }: StepRun,
  { source, size }: FileEntry,
): { readonly size: number; readonly sha256: string } | undefined {
  // The store verified the content of a file in the tree against the digest in its name, but not its size.
  if (source.kind === 'tree') return { size, sha256: source.id };
  return staticFileOf(files, source) ?? inputOf(document, source);
}

/** Whether a source leads to a file of a storage volume. */
const isFetched = ({ kind, id }: FileSource): boolean => kind === 'input' && id.startsWith(FETCHED);

/** The static file that a source refers to. */
const staticFileOf = (files: readonly StaticFile[], { kind, id }: FileSource): StaticFile | undefined =>
  kind === 'input' && id.startsWith('s') ? files[Number(id.slice(1))] : undefined;

/** The run's own input that a source refers to. */
const inputOf = ({ inputs }: RunDocument, { id }: FileSource) =>
  id.startsWith('i') ? inputs[Number(id.slice(1))] : undefined;
