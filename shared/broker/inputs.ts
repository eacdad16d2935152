import { stepScript } from '../engine/step-script.ts';
import { invalid } from '../errors.ts';
import { STEP_TIMEOUT_SECONDS } from '../runs/steps/next-step.ts';
import { stepCodec } from '../runs/steps/record.ts';
import type { Services } from '../services/services.ts';
import {
  type InputsPage,
  PAGE_ENTRIES,
  type StagedEntry,
  type StepLimits,
  type TreeEntry,
} from '../staging/protocol.ts';
import { stepManifestSchema } from '../staging/protocol-schema.ts';
import { keys } from '../store/keys.ts';
import { FREE_HAND_OVER } from '../template/static-paths.ts';
import type { Bucket } from '../volumes/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { MAX_LINK_SECONDS } from '../volumes/presign.ts';
import { handedOn, handOverAfter, participantsSteps } from './handed-on.ts';
import { refused, type StepSession } from './session.ts';
import { firstTree, foldersOf, neighbours, nextTree } from './tree.ts';

const GIB = 1024 ** 3;
/** Bounds of one step's tree. One PUT to S3 takes 5 GiB (AWS S3, multipart upload limits). */
export const STEP_LIMITS: StepLimits = {
  files: 10_000,
  fileBytes: 5 * GIB,
  treeBytes: 15 * GIB,
  deadlineSeconds: STEP_TIMEOUT_SECONDS - 600,
  logBytes: 16 * 1024 * 1024,
};
/** 10,000 entries of at most 1.5 kB. */
const MANIFEST_BYTES = 16 * 1024 * 1024;

/**
 * One page of what a step starts from, with links to its files.
 *
 * @throws FlowservError 403, 400 for a page that there is not
 */
export async function stepInputs(
  services: Services,
  session: StepSession,
  page: number,
): Promise<InputsPage> {
  const { run, record, document, live } = session;
  const { plan } = document;
  const step = plan.steps[record.index];
  if (!live || !step) throw refused();
  const { isLast } = neighbours(plan.steps, record.index);
  const tree = await treeBefore(services, session, record.index);
  const first = page * PAGE_ENTRIES;
  if (page > 0 && first >= tree.length) throw invalid('step.page', `there is no page ${page}`);
  const entries = tree.slice(first, first + PAGE_ENTRIES);
  return {
    step: { index: record.index, name: record.name, attempt: record.attempt },
    script: stepScript(step),
    folders: foldersOf(plan, step),
    entries: await Promise.all(entries.map((entry) => withLink(services, session, entry))),
    next: first + PAGE_ENTRIES < tree.length ? page + 1 : null,
    keep: {
      outputs: isLast ? plan.outputs : [],
      resultFile: isLast && run.groupId !== undefined ? plan.resultFile : null,
      tree: !isLast,
      archive: isLast,
      handOver: isLast ? FREE_HAND_OVER : handOverAfter(document, step),
    },
    limits: STEP_LIMITS,
  };
}

/** The tree that a step starts from. */
async function treeBefore(services: Services, session: StepSession, index: number): Promise<TreeEntry[]> {
  const { run, document, files } = session;
  const first = firstTree(files, document);
  const { before } = neighbours(document.plan.steps, index);
  if (!before) return first;
  const last = stepCodec.readMaybe(await services.table.get(keys.step(run.id, before.index)));
  const key = objectKeys.stepFile(run.id, before.index, last?.attempt ?? 0, 'manifest');
  const body = await services.objects.read('work', key, MANIFEST_BYTES);
  if (!body) throw new Error(`manifest of step ${before.index} of run ${run.id} is missing`);
  const manifest = stepManifestSchema.parse(JSON.parse(body.toString('utf8')));
  const handOver = handOverAfter(document, before);
  const [begun] = participantsSteps(document.plan.steps, before);
  const stays = handOver.leaves && begun ? await treeBefore(services, session, begun.index) : first;
  return nextTree(handedOn(manifest.entries, stays, handOver), first);
}

async function withLink(services: Services, session: StepSession, entry: TreeEntry): Promise<StagedEntry> {
  if (entry.type !== 'file') return entry;
  const { bucket, key } = locate(session, entry.source);
  const url = await services.objects.link(bucket, { method: 'GET', key, expiresIn: MAX_LINK_SECONDS });
  return { ...entry, url };
}

/** The object behind a source; sources lead to the run's own objects and to its declared inputs only. */
function locate(
  { run, files, document }: StepSession,
  { kind, id }: { readonly kind: 'input' | 'tree'; readonly id: string },
): { readonly bucket: Bucket; readonly key: string } {
  if (kind === 'tree') {
    if (!/^[0-9a-f]{64}$/.test(id)) throw refused();
    return { bucket: 'work', key: objectKeys.treeFile(run.id, id) };
  }
  const index = Number(id.slice(1));
  const file = id.startsWith('s') ? files[index] : undefined;
  if (file) return { bucket: 'data', key: objectKeys.staticFile(run.workflowId, run.version, file.sha256) };
  const input = id.startsWith('i') ? document.inputs[index] : undefined;
  if (!input) throw refused();
  return { bucket: 'data', key: input.object };
}
