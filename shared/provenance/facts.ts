import { unknownObject } from '../errors.ts';
import { suppliedCodec } from '../runs/documents/arguments.ts';
import { type RunFile, runFilesCodec } from '../runs/documents/files.ts';
import { type RunDocument, runDocumentCodec } from '../runs/documents/plan.ts';
import { type ResultValues, readResultItem } from '../runs/result.ts';
import type { Run } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { largeText } from '../store/large-text.ts';
import { mentionedFileIds, type SuppliedArgument } from '../template/arguments.ts';
import { type Upload, uploadCodec } from '../uploads/upload.ts';

/** An upload that a run got as an argument. */
export interface RunUpload {
  readonly id: string;
  /** Path in the run directory. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** Key in the `data` bucket. */
  readonly object: string;
  /** Name of the upload; null after its deletion. */
  readonly name: string | null;
}

/** What is known about a run, as far as its participants may know it. */
export interface RunFacts {
  readonly run: Run;
  /** Verbatim. */
  readonly supplied: readonly SuppliedArgument[];
  /** Outputs; none unless the run succeeded. */
  readonly files: readonly RunFile[];
  readonly uploads: readonly RunUpload[];
  /** Values on the leaderboard; undefined when the run is not ranked. */
  readonly values: ResultValues | undefined;
  /** Undefined for a run that could not be planned. */
  readonly document: RunDocument | undefined;
}

/**
 * Reads the facts of runs, all documents in one request and all uploads in another.
 *
 * @param runs different ones
 * @throws FlowservError 404 when a run was deleted meanwhile
 */
export async function readFacts(services: Services, runs: readonly Run[]): Promise<RunFacts[]> {
  const wanted = runs.flatMap((run) => Object.values(keysOf(run)));
  const items = await services.table.getMany(wanted);
  const read = await Promise.all(runs.map((run) => factsOf(services, run, items)));
  const uploads = await readUploads(services, read);
  return read.map((facts) => ({ ...facts, uploads: uploadsOf(facts, uploads) }));
}

const keysOf = ({ id, workflowId, createdAt }: Run) => ({
  supplied: keys.document(keys.run(id), 'arguments'),
  files: keys.document(keys.run(id), 'files'),
  plan: keys.document(keys.run(id), 'plan'),
  result: keys.result(workflowId, createdAt, id),
});

type Unjoined = Omit<RunFacts, 'uploads'>;

async function factsOf({ objects }: Services, run: Run, items: readonly Item[]): Promise<Unjoined> {
  const own = keysOf(run);
  const find = ({ pk, sk }: Key) => items.find((item) => item.pk === pk && item.sk === sk);
  const [supplied, files, plan] = await Promise.all(
    [own.supplied, own.files, own.plan].map((key) => largeText(objects, find(key))),
  );
  const isMissing = supplied === undefined || (run.state === 'SUCCESS' && files === undefined);
  if (isMissing) throw unknownObject('run', run.id);
  const result = find(own.result);
  return {
    run,
    supplied: suppliedCodec.read(supplied),
    files: files === undefined || run.state !== 'SUCCESS' ? [] : runFilesCodec.read(files),
    document: plan === undefined ? undefined : runDocumentCodec.read(plan),
    values: result && readResultItem(result).values,
  };
}

/** The existing uploads among the arguments; post-processing runs have none. */
async function readUploads({ table }: Services, facts: readonly Unjoined[]): Promise<Map<string, Upload>> {
  const wanted = facts.flatMap(({ run: { groupId }, supplied, document }) => {
    if (groupId === undefined) return [];
    const mentioned = mentionedFileIds(supplied);
    const used = document?.plan.uploads.filter(({ fileId }) => mentioned.has(fileId)) ?? [];
    return used.map(({ fileId }) => keys.upload(groupId, fileId));
  });
  const unique = new Map(wanted.map((key) => [`${key.pk} ${key.sk}`, key]));
  const items = await table.getMany([...unique.values()]);
  return new Map(items.map(uploadCodec.read).map((upload) => [upload.id, upload]));
}

/** The inputs of a plan are its uploads, in the same order. */
function uploadsOf({ run, document }: Unjoined, known: ReadonlyMap<string, Upload>): RunUpload[] {
  if (!document || run.groupId === undefined) return [];
  return document.plan.uploads.flatMap(({ fileId, path }, index) => {
    const input = document.inputs[index];
    if (!input) return [];
    const { size, sha256, object } = input;
    return [{ id: fileId, path, size, sha256, object, name: known.get(fileId)?.name ?? null }];
  });
}
